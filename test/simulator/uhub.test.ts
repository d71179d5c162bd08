import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { digestOf } from '../../src/simulator/tag-record.ts';
import {
  CREDENTIALS,
  callUhub,
  PRIVATE_KEY,
  PUBLIC_KEY,
  send,
  sha256,
  signUcloud,
} from './wire.ts';

const NOW = Date.UTC(2026, 0, 2);
const WEB = { RepoName: 'team', ImageName: 'web' };
const TAG = { digest: 'one', updated: '2024-01-01T00:00:00Z' };

let simulator: Simulator;

beforeEach(async () => {
  simulator = await startSimulator({
    now: () => NOW,
    seed: {
      credentials: CREDENTIALS,
      uhub: [
        { repo: 'team', image: 'web', tags: { v1: TAG, v2: 'two', v10: 'ten' } },
        { repo: 'team', image: 'api' },
        {
          repo: 'library',
          image: 'nginx',
          private: false,
          projectId: 'org-other',
          tags: { v1: 'x' },
        },
        { repo: 'secret', image: 'x', projectId: 'org-other', tags: { v1: 'x' } },
      ],
    },
  });
});
afterEach(async () => {
  await simulator.close();
});

const call = async (Action: string, parameters: Record<string, string> = {}) =>
  await callUhub(simulator, { Action, ...parameters });

describe('GetImageTag', () => {
  test('answers as the seed page does, without Digest', async () => {
    const reply = await call('GetImageTag', { ...WEB, Limit: '1' });

    expect(reply.status).toBe(200);
    expect(reply.json).toEqual({
      Action: 'GetImageTagResponse',
      RetCode: 0,
      TagSet: [{ TagName: 'v1', UpdateTime: '2024-01-01T00:00:00Z' }],
      TotalCount: 3,
    });
    expect(reply.headers['x-ucloud-request-uuid']).toEqual(expect.any(String));
  });

  test('adds Digest, stringifies RetCode and changes the time format by switch', async () => {
    Object.assign(simulator.world.switches.uhub, {
      digest: true,
      retCodeAsString: true,
      timeFormat: 'local',
    });

    expect((await call('GetImageTag', { ...WEB, Limit: '1' })).json).toMatchObject({
      RetCode: '0',
      TagSet: [{ Digest: digestOf('one'), UpdateTime: '2024-01-01 08:00:00' }],
    });
    simulator.world.switches.uhub.timeFormat = 'unix';
    expect((await call('GetImageTag', WEB)).json).toMatchObject({
      TagSet: [{ UpdateTime: '1704067200' }, {}, {}],
    });
  });

  test('defaults to Offset 0 and Limit 20, and obeys a maximum by switch', async () => {
    for (let index = 0; index < 30; index += 1)
      simulator.world.setUhubTag('team/api', `t${index}`, 'x');
    const api = { RepoName: 'team', ImageName: 'api' };
    const count = async (more: Record<string, string>) =>
      Object((await call('GetImageTag', { ...api, ...more })).json)['TagSet'].length;

    expect(await count({})).toBe(20);
    expect(await count({ Offset: '20' })).toBe(10);
    expect(await count({ Limit: '100' })).toBe(30);
    simulator.world.switches.uhub.maxLimit = 5;
    expect(await count({ Limit: '100' })).toBe(5);
  });

  test('filters by TagName, exactly or by prefix', async () => {
    const names = async (TagName: string) => (await call('GetImageTag', { ...WEB, TagName })).json;

    expect(await names('v1')).toMatchObject({ TotalCount: 1, TagSet: [{ TagName: 'v1' }] });
    expect(await names('none')).toMatchObject({ RetCode: 0, TotalCount: 0, TagSet: [] });
    Object.assign(simulator.world.switches.uhub, {
      tagNameMatch: 'prefix',
      totalIgnoresTagName: true,
    });
    expect(await names('v1')).toMatchObject({ TotalCount: 3, TagSet: [{}, { TagName: 'v10' }] });
    simulator.world.switches.uhub.unknownTag = 'error';
    expect(await names('none')).toMatchObject({ RetCode: 60_404 });
  });

  test.each([
    [{ RepoName: 'team' }, 220],
    [{ ImageName: 'web' }, 220],
    [{ ...WEB, Offset: '-1' }, 230],
    [{ ...WEB, Limit: 'x' }, 230],
    [{ ...WEB, ProjectId: 'org-mars' }, 292],
    [{ RepoName: 'team', ImageName: 'nothing' }, 60_404],
    [{ RepoName: 'secret', ImageName: 'x' }, 60_404],
    [{ RepoName: 'library', ImageName: 'nginx' }, 0],
  ])('with %j answers RetCode %i under HTTP 200', async (parameters, retCode) => {
    expect(await call('GetImageTag', parameters)).toMatchObject({
      status: 200,
      json: { RetCode: retCode, Action: 'GetImageTagResponse' },
    });
  });

  test('cleans tags above 800 by switch: month-old ones, oldest first', async () => {
    for (let index = 0; index < 805; index += 1) {
      simulator.world.setUhubTag('team/api', `t${index}`, { digest: 'x', ageDays: index });
    }
    const total = async () =>
      Object((await call('GetImageTag', { RepoName: 'team', ImageName: 'api' })).json)[
        'TotalCount'
      ];

    expect(await total()).toBe(805);
    simulator.world.switches.uhub.autoClean = true;
    expect(await total()).toBe(800);
    expect(simulator.world.uhubTags('team/api')).not.toHaveProperty('t804');
    expect(simulator.world.uhubTags('team/api')).toHaveProperty('t799');
  });
});

describe('requests', () => {
  const post = async (body: string, type: string, target = '/') =>
    await send(simulator.endpoints.uhub, target, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });

  test('may be POSTed as a form, with Action repeated in the URL', async () => {
    const form = new URLSearchParams(signUcloud({ Action: 'GetImageTag', ...WEB })).toString();
    const type = 'application/x-www-form-urlencoded';

    expect((await post(form, type)).json).toMatchObject({ RetCode: 0, TotalCount: 3 });
    expect((await post(form, type, '/?Action=GetImageTag')).json).toMatchObject({ RetCode: 0 });
  });

  test('may be POSTed as JSON with numbers', async () => {
    const signed = signUcloud({ Action: 'GetImageTag', ...WEB, Limit: '2' });

    expect(
      (await post(JSON.stringify({ ...signed, Limit: 2 }), 'application/json')).json,
    ).toMatchObject({
      RetCode: 0,
      TagSet: [{}, {}],
    });
  });

  test.each([
    ['no Action', { PublicKey: PUBLIC_KEY }, 160],
    ['a tag creation', { Action: 'CreateImageTag' }, 161],
    ['an inherited property as Action', { Action: 'constructor' }, 161],
    ['no Signature', { Action: 'GetRepo', PublicKey: PUBLIC_KEY }, 170],
    ['an unknown key', { Action: 'GetRepo', PublicKey: 'x', Signature: 'x' }, 172],
    [
      'a wrong Signature',
      { Action: 'GetRepo', PublicKey: PUBLIC_KEY, Signature: sha256('x') },
      171,
    ],
  ])('with %s answer RetCode', async (_name, parameters, retCode) => {
    const query = new URLSearchParams(parameters as Record<string, string>).toString();

    expect(await send(simulator.endpoints.uhub, `/?${query}`)).toMatchObject({
      status: 200,
      json: { RetCode: retCode, Message: expect.any(String) },
    });
  });

  test('are signed over decoded values and may not repeat a parameter', async () => {
    const signed = signUcloud({ Action: 'GetImageTag', RepoName: 'team', ImageName: '测试 +&' });
    const query = new URLSearchParams(signed).toString();

    expect((await send(simulator.endpoints.uhub, `/?${query}`)).json).toMatchObject({
      RetCode: 60_404,
    });
    expect(
      (await send(simulator.endpoints.uhub, `/?${query}&ProjectId=a&ProjectId=b`)).json,
    ).toMatchObject({
      RetCode: 171,
    });
    const wrong = signUcloud({ Action: 'GetRepo' }, `${PRIVATE_KEY}x`);
    const wrongQuery = new URLSearchParams(wrong).toString();
    expect((await send(simulator.endpoints.uhub, `/?${wrongQuery}`)).json).toMatchObject({
      RetCode: 171,
    });
  });
});

describe('DeleteRepoImage', () => {
  test('deletes one tag, and fails or forgives the second time by switch', async () => {
    const remove = async () => (await call('DeleteRepoImage', { ...WEB, TagName: 'v1' })).json;

    expect(await remove()).toMatchObject({ RetCode: 0, Action: 'DeleteRepoImageResponse' });
    expect(await remove()).toMatchObject({ RetCode: 60_404 });
    simulator.world.switches.uhub.deleteMissing = 'ok';
    expect(await remove()).toMatchObject({ RetCode: 0 });
    expect(Object.keys(simulator.world.uhubTags('team/web'))).toEqual(['v2', 'v10']);
  });

  test.each([{}, { TagName: '' }])('with %j wipes the whole image', async (parameters) => {
    await call('DeleteRepoImage', { ...WEB, ...parameters });

    expect(() => simulator.world.uhubTags('team/web')).toThrow('Cannot find UHub image "team/web"');
    expect(simulator.journal.entries).toMatchObject([
      { operation: 'delete-image', target: 'team/web', key: null, executed: true },
    ]);
  });

  test('of somebody else’s public image is refused', async () => {
    const target = { RepoName: 'library', ImageName: 'nginx', TagName: 'v1' };

    expect((await call('DeleteRepoImage', target)).json).toMatchObject({ RetCode: 299 });
    expect(simulator.journal.entries).toMatchObject([
      { executed: false, status: 200, code: '299' },
    ]);
  });
});

describe('the listings', () => {
  test('GetRepo shows public repositories unless asked for private ones', async () => {
    expect((await call('GetRepo')).json).toMatchObject({
      TotalCount: 1,
      RepoSet: [{ RepoName: 'library' }],
    });
    expect((await call('GetRepo', { Type: 'private' })).json).toMatchObject({
      TotalCount: 1,
      RepoSet: [{ RepoName: 'team', IsShared: 'false', IsOutSide: 'true' }],
    });
    expect((await call('GetRepo', { Type: 'x' })).json).toMatchObject({ RetCode: 230 });
  });

  test('GetRepoImage shows the images of one repository', async () => {
    expect((await call('GetRepoImage', { RepoName: 'team' })).json).toMatchObject({
      TotalCount: 2,
      ImageSet: [
        { ImageName: 'web', RepoName: 'team', PullCount: 0 },
        { ImageName: 'api', LatestTag: '' },
      ],
    });
    expect((await call('GetRepoImage')).json).toMatchObject({ RetCode: 220 });
    expect((await call('GetRepoImage', { RepoName: 'none' })).json).toMatchObject({
      RetCode: 60_404,
    });
  });

  test('GetProjectList shows the known projects', async () => {
    expect((await call('GetProjectList')).json).toMatchObject({
      ProjectSet: [{ ProjectId: 'org-abc123', IsDefault: true }],
    });
  });
});
