import { z } from 'zod';
import { REGISTRY_SWITCHES } from './oci-switches.ts';

const ImsSwitches = z.strictObject({
  errorShape: z.enum(['wrapped', 'flat', 'gateway']).default('wrapped'),
  /** The seed page says 404, the code table says 400 with IMG.0144. */
  missingImage: z.enum(['404', '400']).default('404'),
  acceptEmptyValue: z.boolean().default(true),
  /** False: a batch over the limit of tags is carried out as far as there is room, then refused. */
  batchAtomic: z.boolean().default(true),
  /** How a region without the batch call answers it. */
  batchMissing: z.enum(['no', 'unpublished', '404', '405']).default('no'),
  tagSeparator: z.enum(['=', '.']).default('='),
  charset: z.enum(['any', 'older', 'newer']).default('newer'),
});

const SwrSwitches = z.strictObject({
  errorShape: z.enum(['A', 'B', 'C', 'D']).default('B'),
  overrideDefault: z.boolean().default(false),
  /** A region that returns every row whatever `limit` says. */
  ignoreLimit: z.boolean().default(false),
  /** A region whose own cap is below the documented 1000. */
  maxLimit: z.int().positive().nullable().default(null),
  /** Length of `manifest` in each row of a tag list, as filler; real ones have some thousand characters. 0: indexes only. */
  manifestBytes: z.int().nonnegative().default(0),
  offsetMustBeMultiple: z.boolean().default(false),
  v3Available: z.boolean().default(true),
  tagFilter: z.enum(['fuzzy', 'exact']).default('fuzzy'),
  copyKeepsUpdated: z.boolean().default(false),
  /** Deleting a tag removes its digest and every other tag of it: not documented, not ruled out. */
  deleteTakesSiblings: z.boolean().default(false),
  /** False: tag lists leave the digests out, as those of some regions do. */
  digest: z.boolean().default(true),
});

const UhubSwitches = z.strictObject({
  digest: z.boolean().default(false),
  retCodeAsString: z.boolean().default(false),
  autoClean: z.boolean().default(false),
  unknownTag: z.enum(['empty', 'error']).default('empty'),
  deleteMissing: z.enum(['ok', 'error']).default('error'),
  totalIgnoresTagName: z.boolean().default(false),
  tagNameMatch: z.enum(['exact', 'prefix']).default('exact'),
  maxLimit: z.int().positive().nullable().default(null),
  timeFormat: z.enum(['iso', 'local', 'unix']).default('iso'),
  /** The documented table has no number for a missing repository, image or tag. */
  notFoundRetCode: z.int().default(60_404),
});

const IamSwitches = z.strictObject({
  tokenLifeMs: z
    .number()
    .positive()
    .default(24 * 3_600_000),
});

/** Choices the documents leave open, or that differ between regions. */
export const SwitchesSchema = z.strictObject({
  iam: IamSwitches.prefault({}),
  ims: ImsSwitches.prefault({}),
  swr: SwrSwitches.prefault({}),
  uhub: UhubSwitches.prefault({}),
  ...REGISTRY_SWITCHES,
});

/** Mutable while the simulator runs: `world.switches.swr.errorShape = 'A'`. */
export type Switches = z.infer<typeof SwitchesSchema>;
