import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installDebianPackages, mayInstallPackages } from '../support/debian.ts';
import { isOnPath } from '../support/redis-process.ts';

/** The image under test, as the engine calls it. */
export const IMAGE = 'localhost/tagwarden:test';

/** Commands of the engine, each with Debian's package of it. */
const COMMANDS = {
  podman: 'podman',
  buildah: 'buildah',
  runc: 'runc',
  mmdebstrap: 'mmdebstrap',
  openssl: 'openssl',
} as const;
const MORE = ['netavark', 'aardvark-dns', 'catatonit'];
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

const run = promisify(execFile);

/** Refuses, installs or accepts what is there of podman; throws what to do about it. */
export function prepareCommands(): void {
  const missing = Object.entries(COMMANDS).filter(([command]) => !isOnPath(command));
  if (missing.length === 0) return;
  const names = missing.map(([, name]) => name);
  if (!mayInstallPackages()) {
    throw new Error(
      `Cannot test the image: ${names.join(', ')} not found, wanted on PATH (Debian, Ubuntu: apt-get install ${names.join(' ')}), or root to install them`,
    );
  }
  installDebianPackages(...names, ...MORE);
}

/** A podman whose images and containers lie in a folder of their own; the machine's own are not touched. */
export interface Engine {
  readonly folder: string;
  /** Standard output; throws with standard error in the message. */
  readonly podman: (...args: readonly string[]) => Promise<string>;
  readonly env: NodeJS.ProcessEnv;
}

/** Writes the configuration of an engine into the folder, once. Works in a container without systemd too. */
export function openEngine(folder: string): Engine {
  const storage = join(folder, 'storage.conf');
  const containers = join(folder, 'containers.conf');
  if (!existsSync(containers)) {
    mkdirSync(folder, { recursive: true });
    const place = (name: string) => JSON.stringify(join(folder, name));
    writeFileSync(
      storage,
      `[storage]\ndriver = "overlay"\ngraphroot = ${place('graph')}\nrunroot = ${place('run')}\n`,
    );
    // Lower limits than the default, which asks for a right that a container does not have; crun refuses some kernels.
    writeFileSync(
      containers,
      '[containers]\ndefault_ulimits = ["nofile=16384:16384", "nproc=16384:16384"]\n' +
        '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n',
    );
  }
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    CONTAINERS_STORAGE_CONF: storage,
    CONTAINERS_CONF: containers,
  };
  delete env['DOCKER_HOST'];
  return {
    folder,
    env,
    podman: async (...args) => {
      const { stdout } = await run('podman', args, { env, maxBuffer: MAX_OUTPUT_BYTES });
      return stdout;
    },
  };
}

/** Runs a step of a build, its output shown only when it fails. */
export function step(
  engine: Engine,
  command: string,
  args: readonly string[],
  input?: string,
): void {
  try {
    execFileSync(command, args, {
      env: engine.env,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      maxBuffer: MAX_OUTPUT_BYTES,
      timeout: 600_000,
      ...(input === undefined ? {} : { input }),
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: Buffer; stderr?: Buffer };
    const said = `${stdout?.toString() ?? ''}\n${stderr?.toString() ?? ''}`.slice(-4_000);
    throw new Error(`Cannot run ${command} ${args.join(' ')}:\n${said}`, { cause: error });
  }
}
