import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Whether a Docker engine answers a ping within a second. testcontainers itself would take minutes to say no. */
export async function dockerAnswers(
  env: NodeJS.ProcessEnv = process.env,
  timeoutMs = 1_000,
): Promise<boolean> {
  const engines = env['DOCKER_HOST'] ? [env['DOCKER_HOST']] : defaultSockets(env);
  const answers = await Promise.all(engines.map((engine) => ping(engine, timeoutMs)));
  return answers.includes(true);
}

function defaultSockets(env: NodeJS.ProcessEnv): string[] {
  return [
    '/var/run/docker.sock',
    join(env['XDG_RUNTIME_DIR'] ?? '/run/user/0', 'docker.sock'),
    join(homedir(), '.docker/run/docker.sock'),
    join(homedir(), '.docker/desktop/docker.sock'),
  ]
    .filter((path) => existsSync(path))
    .map((path) => `unix://${path}`);
}

async function ping(engine: string, timeoutMs: number): Promise<boolean> {
  const { protocol, hostname, port, pathname } = new URL(engine);
  const where = protocol === 'unix:' ? { socketPath: pathname } : { hostname, port };
  return await new Promise((resolve) => {
    const ask = request({ ...where, path: '/_ping', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    const timer = setTimeout(() => ask.destroy(), timeoutMs);
    ask.on('error', () => resolve(false));
    ask.on('close', () => {
      clearTimeout(timer);
      resolve(false);
    });
    ask.end();
  });
}
