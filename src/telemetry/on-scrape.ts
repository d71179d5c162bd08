/** Has something looked at right before every scrape is rendered. */
export type OnScrape = (look: () => Promise<void>) => void;

/** The looks of one registry. All are taken before any metric is rendered: one look sets several of them. */
export function createLooks(): { readonly add: OnScrape; readonly take: () => Promise<void> } {
  const looks: (() => Promise<void>)[] = [];
  return {
    add: (look) => void looks.push(look),
    take: async () => {
      await Promise.all(looks.map(async (look) => await look()));
    },
  };
}
