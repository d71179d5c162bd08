import type { WriteCheck } from '../../src/providers/provider.ts';

/** Lets every write pass. */
export const freely: WriteCheck = () => undefined;
