import type { Call, Caller, Reply, RunContext, WriteItem } from './exchange.ts';
import type { TagRecord } from './tag-record.ts';
import { renderTime } from './tag-record.ts';
import type { UcloudParameters } from './ucloud-signature.ts';
import { cleanUhubImage } from './uhub-cleaning.ts';
import { readCount, readText } from './uhub-parameters.ts';
import { refuseAction, renderAction } from './uhub-replies.ts';
import type { UhubImageRecord, UhubRepoRecord } from './uhub-store.ts';
import type { World } from './world.ts';

const MISSING_PARAMETER = 220;
const UNUSABLE_PARAMETER = 230;

/** One decoded request. */
export interface UhubRequest {
  readonly world: World;
  readonly values: UcloudParameters;
  readonly now: () => number;
}

/** GetRepo: without `Type` it lists public repositories, other people's included. */
export function listRepos(request: UhubRequest): Call {
  return toRead('GetRepo', '', ({ caller, distortion }) => {
    const { world, values } = request;
    const type = readText(values, 'Type') ?? 'public';
    if (type !== 'public' && type !== 'private') return refuseUnusable(world, 'GetRepo', 'Type');
    const rows = [...world.uhubRepos.values()].filter(({ isPrivate, projectId }) =>
      type === 'public' ? !isPrivate : isPrivate && projectId === caller.projectId,
    );
    const render = (repo: UhubRepoRecord): unknown => ({
      RepoName: repo.name,
      CreateTime: renderUhubTime(world, repo.createdAtMs),
      UpdateTime: renderUhubTime(world, repo.createdAtMs),
      Description: '',
      IsShared: String(repo.isShared),
      IsOutSide: 'true',
    });
    return renderSet({ request, action: 'GetRepo', set: 'RepoSet', rows, render, distortion });
  });
}

/** GetRepoImage: the images of one repository. */
export function listImages(request: UhubRequest): Call {
  const { world, values } = request;
  const repoName = readText(values, 'RepoName');
  return toRead('GetRepoImage', repoName ?? '', ({ caller, distortion }) => {
    if (repoName === null) return refuseMissing(world, 'GetRepoImage', 'RepoName');
    const repo = findRepo(world, repoName, caller);
    if (repo === null) return refuseNotFound(world, 'GetRepoImage', 'repository');
    const render = (image: UhubImageRecord): unknown => ({
      ImageName: image.name,
      RepoName: image.repo,
      LatestTag: findLatest(image)?.name ?? '',
      PullCount: 0,
      CreateTime: renderUhubTime(world, image.createdAtMs),
      UpdateTime: renderUhubTime(world, findLatest(image)?.updatedAtMs ?? image.createdAtMs),
    });
    const rows = [...repo.images.values()];
    return renderSet({
      request,
      action: 'GetRepoImage',
      set: 'ImageSet',
      rows,
      render,
      distortion,
    });
  });
}

/** GetImageTag: the seed call. `Digest` only when the switch says so. */
export function listTags(request: UhubRequest): Call {
  const { world, values, now } = request;
  return toRead('GetImageTag', toPath(values), ({ caller, distortion }) => {
    const access = resolveImage(request, 'GetImageTag', caller);
    if ('reply' in access) return access.reply;
    cleanUhubImage(access.image, world.switches.uhub, now());
    const { digest, unknownTag, totalIgnoresTagName, tagNameMatch } = world.switches.uhub;
    const wanted = readText(values, 'TagName');
    const all = [...access.image.tags.values()];
    const rows = all.filter(
      ({ name }) =>
        wanted === null || (tagNameMatch === 'exact' ? name === wanted : name.startsWith(wanted)),
    );
    if (wanted !== null && rows.length === 0 && unknownTag === 'error') {
      return refuseNotFound(world, 'GetImageTag', 'tag');
    }
    const render = (tag: TagRecord): unknown => ({
      TagName: tag.name,
      UpdateTime: renderUhubTime(world, tag.updatedAtMs),
      ...(digest ? { Digest: tag.digest } : {}),
    });
    const total = totalIgnoresTagName ? all.length : rows.length;
    return renderSet({
      request,
      action: 'GetImageTag',
      set: 'TagSet',
      rows,
      render,
      distortion,
      total,
    });
  });
}

/** DeleteRepoImage: one tag, or without `TagName` the whole image. */
export function deleteRepoImage(request: UhubRequest): Call {
  const { world, values } = request;
  const path = toPath(values);
  const tag = readText(values, 'TagName');
  const operation = tag === null ? 'delete-image' : 'delete';
  const item: WriteItem = { operation, key: tag, value: null, from: null };
  return {
    operation: 'DeleteRepoImage',
    target: path,
    writes: [item],
    read: (name) => world.findUhubImage(path)?.tags.get(name)?.digest ?? null,
    run: ({ caller }) => {
      const access = resolveImage(request, 'DeleteRepoImage', caller, 'write');
      if ('reply' in access) return access.reply;
      const isGone = tag === null ? world.removeUhubImage(path) : world.deleteUhubTag(path, tag);
      return isGone || world.switches.uhub.deleteMissing === 'ok'
        ? renderAction(world, 'DeleteRepoImage', {})
        : refuseNotFound(world, 'DeleteRepoImage', 'tag');
    },
  };
}

/** GetProjectList of the account service. */
export function listProjects(request: UhubRequest): Call {
  const { world } = request;
  return toRead('GetProjectList', '', ({ caller }) => {
    const ids = [...new Set(world.credentials.ucloud.map(({ projectId }) => projectId))];
    return renderAction(world, 'GetProjectList', {
      ProjectCount: ids.length,
      ProjectSet: ids.map((id) => ({
        ProjectId: id,
        ProjectName: id,
        IsDefault: id === caller.projectId,
      })),
    });
  });
}

function toRead(operation: string, target: string, run: (context: RunContext) => Reply): Call {
  return { operation, target, writes: [], read: () => null, run };
}

function toPath(values: UcloudParameters): string {
  return `${readText(values, 'RepoName') ?? ''}/${readText(values, 'ImageName') ?? ''}`;
}

function resolveImage(
  { world, values }: UhubRequest,
  action: string,
  caller: Caller,
  intent: 'read' | 'write' = 'read',
): { readonly image: UhubImageRecord } | { readonly reply: Reply } {
  for (const name of ['RepoName', 'ImageName']) {
    if (readText(values, name) === null) return { reply: refuseMissing(world, action, name) };
  }
  const repo = findRepo(world, readText(values, 'RepoName') ?? '', caller);
  if (repo !== null && intent === 'write' && repo.projectId !== caller.projectId) {
    return { reply: refuseAction(world, action, { retCode: 299, message: 'No permission' }) };
  }
  const image = repo?.images.get(readText(values, 'ImageName') ?? '');
  return image === undefined ? { reply: refuseNotFound(world, action, 'image') } : { image };
}

function findRepo(world: World, name: string, caller: Caller): UhubRepoRecord | null {
  const repo = world.uhubRepos.get(name);
  if (repo === undefined) return null;
  return repo.projectId === caller.projectId || !repo.isPrivate ? repo : null;
}

interface RowSet<Row> {
  readonly request: UhubRequest;
  readonly action: string;
  readonly set: 'RepoSet' | 'ImageSet' | 'TagSet';
  readonly rows: readonly Row[];
  readonly render: (row: Row) => unknown;
  readonly distortion: RunContext['distortion'];
  readonly total?: number;
}

function renderSet<Row>(rowSet: RowSet<Row>): Reply {
  const { request, action, set, rows, render, distortion, total = rows.length } = rowSet;
  const { world, values } = request;
  const offset = readCount(values, 'Offset', 0);
  const limit = readCount(values, 'Limit', 20);
  if (offset === null || limit === null) return refuseUnusable(world, action, 'Offset or Limit');
  const { maxLimit } = world.switches.uhub;
  const start = distortion === 'cursor-loop' ? 0 : offset;
  const page = rows.slice(start, start + Math.min(limit, maxLimit ?? limit));
  return renderAction(world, action, {
    TotalCount: total + (distortion === 'total-mismatch' ? 7 : 0),
    [set]: distortion === 'null-tags' ? null : page.map(render),
  });
}

function findLatest({ tags }: UhubImageRecord): TagRecord | null {
  let latest: TagRecord | null = null;
  for (const tag of tags.values()) {
    if (latest === null || tag.updatedAtMs > latest.updatedAtMs) latest = tag;
  }
  return latest;
}

/** The documents do not state the format; the switch offers the likely ones. */
function renderUhubTime(world: World, atMs: number): string {
  switch (world.switches.uhub.timeFormat) {
    case 'iso':
      return renderTime(atMs);
    case 'local':
      return renderTime(atMs + 8 * 3_600_000)
        .slice(0, 19)
        .replace('T', ' ');
    case 'unix':
      return String(Math.floor(atMs / 1_000));
  }
}

function refuseMissing(world: World, action: string, name: string): Reply {
  return refuseAction(world, action, {
    retCode: MISSING_PARAMETER,
    message: `Missing params [${name}]`,
  });
}

function refuseUnusable(world: World, action: string, name: string): Reply {
  return refuseAction(world, action, {
    retCode: UNUSABLE_PARAMETER,
    message: `Params [${name}] not available`,
  });
}

function refuseNotFound(world: World, action: string, what: string): Reply {
  const retCode = world.switches.uhub.notFoundRetCode;
  return refuseAction(world, action, { retCode, message: `The ${what} does not exist` });
}
