/** Code of a failure below HTTP, such as `ECONNRESET`. */
export function codeOfFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : 'NETWORK_ERROR';
}
