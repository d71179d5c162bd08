/** The first release that has what tagwarden uses. */
const NEEDED = 24;

/** Why tagwarden cannot run on this version of Node; null: it can. An older one fails somewhere deep inside. */
export function refuseNode(version: string): string | null {
  if (Number.parseInt(version, 10) >= NEEDED) return null;
  return `Cannot run tagwarden: this is Node ${version}, Node ${NEEDED} or later was wanted; in a checkout "npm run -s tagwarden --" brings it along`;
}
