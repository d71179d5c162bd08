/** Everything that pages tell, in their order. */
export async function allOf<Item>(pages: AsyncIterable<readonly Item[]>): Promise<Item[]> {
  return (await Array.fromAsync(pages)).flat();
}
