import { inject } from 'vitest';
import { openBackend } from '../../src/queue/backend.ts';
import { backendConformance } from './backend.conformance.ts';
import { SILENT, unique } from './support.ts';

async function open() {
  return await openBackend(inject('redisUrl'), { log: SILENT, prefix: `{${unique('tags')}}` });
}

backendConformance('redis', open);
