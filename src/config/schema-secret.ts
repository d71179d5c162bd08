import { z } from 'zod';

/** `${NAME}` alone, or a file whose trimmed content is the secret. Literals are refused. */
export const SecretReference = z
  .union([
    z.string().regex(/^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/, 'must be "${ENV_NAME}" or { file: path }'),
    z.strictObject({ file: z.string().min(1).describe('File whose content is the secret') }),
  ])
  .describe('A secret: "${ENV_NAME}" or { file: path }; never the secret itself');
export type SecretReference = z.infer<typeof SecretReference>;
