import { describeStore } from './store.contract.ts';
import { redisBench } from './store-bench.ts';

describeStore('createRedisStore()', redisBench);
