/** Settings of the embedded PostgreSQL, whose one client is this process. */
export const POSTGRES_SETTINGS: readonly string[] = [
  'shared_buffers=16MB',
  'max_connections=4',
  'max_wal_size=32MB',
  'min_wal_size=32MB',
  // Plans are kept, and made when their tables may still be empty: by index all the same.
  'enable_seqscan=off',
];
