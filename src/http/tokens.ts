/** Where the right to send one request comes from. */
export interface Tokens {
  /** Takes one of the `wanted` that could be used now. 0: taken; else milliseconds until asking again makes sense. */
  take(wanted: number): number;
  /** Nobody waited for a while: what could have been used then is not kept for now. */
  expire(): void;
}
