import { describe, expect, test } from 'vitest';
import { resolveGit } from '../../src/config/git.ts';
import { GitDocument, PoliciesDocument } from '../../src/config/schema-policies.ts';
import type { Secret } from '../../src/model/secret.ts';

const GOOD = { url: 'https://git.example.com/team/tags.git' };

describe('GitDocument', () => {
  test('fills in main, the root, a minute and no credential', () => {
    const git = GitDocument.parse(GOOD);

    expect(git).toEqual({
      ...GOOD,
      ref: 'main',
      path: '',
      interval: '1m',
      timeout: '30s',
      allowLoopbackHttp: false,
    });
  });

  test.each([
    'ext::sh -c id',
    'file:///srv/tags.git',
    '/srv/tags.git',
    '--upload-pack=id',
    'git://host/x',
    'git@host:team/tags.git',
    'http://git.example.com/x',
    'http://127.0.0.1/x',
    'https://user@git.example.com/x',
    'https://user:pw@git.example.com/x',
    'https://git.example.com/x?token=1',
    'https://git.example.com/x#y',
    'https://git.example.com',
    'https://git.example.com/a b',
    'https://git.example.com/a\nb',
    'https://-oProxyCommand=id/x',
    'ssh://-oProxyCommand=id/x',
    'ssh://git@host/-x',
    'ssh://-l@host/x',
    'ssh://git:pw@host/x',
    'https:git.example.com/x',
  ])('refuses the URL %j and does not quote it', (url) => {
    const { success, error } = GitDocument.safeParse({ url });

    expect(success).toBe(false);
    expect(error?.issues.map(({ message }) => message).join()).not.toContain('pw@');
  });

  test.each([
    '-x',
    '--upload-pack=id',
    'a..b',
    'a b',
    'a:b',
    'main^{commit}',
    'a~1',
    '*',
    'refs/heads/*',
    'a@{1}',
    '/a',
    'a/',
    'a//b',
    'x.lock',
    'x.lock/y',
    'a/.b',
    '',
    'a\nb',
    'a\\b',
  ])('refuses the ref %j', (ref) => {
    expect(GitDocument.safeParse({ ...GOOD, ref }).success).toBe(false);
  });

  test.each(['main', 'release/1.x', 'v1.2.3', 'refs/tags/v1', 'feature/a@b', 'a+b=c'])(
    'takes the ref %j',
    (ref) => {
      expect(GitDocument.safeParse({ ...GOOD, ref }).success).toBe(true);
    },
  );

  test.each(['/abs', '../up', 'a/../b', './a', 'a//b', '-x', 'a/-x', '.git', 'a:b', 'a/', 'a\nb'])(
    'refuses the path %j',
    (path) => {
      expect(GitDocument.safeParse({ ...GOOD, path }).success).toBe(false);
    },
  );

  test.each([
    [{ url: 'ssh://git@host/x' }],
    [{ url: 'ssh://git@host/x', auth: { token: '${T}' } }],
    [{ ...GOOD, auth: { sshKey: { file: 'k' }, knownHosts: { file: 'h' } } }],
    [{ ...GOOD, auth: { token: 'literal' } }],
    [{ ...GOOD, auth: { sshKey: { file: 'k' } } }],
  ])('refuses a credential that does not go with the URL: %j', (document) => {
    expect(GitDocument.safeParse(document).success).toBe(false);
  });

  test.each([
    [{ url: 'ssh://git@host:22/x', auth: { sshKey: { file: 'k' }, knownHosts: { file: 'h' } } }],
    [{ ...GOOD, auth: { token: '${T}', username: 'bot' } }],
    [{ url: 'http://127.0.0.1:3000/x', allowLoopbackHttp: true }],
    [{ url: 'http://[::1]:3000/x', allowLoopbackHttp: true }],
  ])('takes %j', (document) => {
    expect(GitDocument.safeParse(document).success).toBe(true);
  });

  test('takes http:// of no other machine, whatever is allowed', () => {
    const document = { url: 'http://10.0.0.1/x', allowLoopbackHttp: true };

    expect(GitDocument.safeParse(document).success).toBe(false);
  });
});

describe('resolveGit()', () => {
  const document = GitDocument.parse({ ...GOOD, auth: { token: { file: 'token' } } });

  test('resolveGit() reads a token file anew, tells of what it finds, and keeps the last while there is none', () => {
    const disk = { text: 'first-token' };
    const told: string[] = [];
    const sources = {
      variable: () => null,
      readFile: () => disk.text,
      onSecret: (secret: Secret) => void told.push(secret.reveal()),
    };

    const { auth } = resolveGit(document, sources, (path) => path);
    const read = (): string => {
      if (auth.type !== 'token') throw new Error('no token');
      return (auth.readToken?.() ?? auth.token).reveal();
    };
    const tokens = [read()];
    disk.text = 'second-token';
    tokens.push(read());
    disk.text = '';
    tokens.push(read());

    expect(tokens).toEqual(['first-token', 'second-token', 'second-token']);
    expect(told).toEqual(
      expect.arrayContaining(['git:first-token', 'second-token', 'git:second-token']),
    );
  });
});

describe('PoliciesDocument', () => {
  test('refuses a folder beside a repository', () => {
    expect(PoliciesDocument.safeParse({ path: './p', git: GOOD }).success).toBe(false);
  });
});
