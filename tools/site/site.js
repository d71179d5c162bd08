// Runs in the browser: theme, search, copy buttons. Without it all pages can be read.
{
  const root = document.currentScript.dataset.root;
  const page = document.documentElement;
  const saved = (() => {
    try {
      return localStorage.getItem('theme');
    } catch {
      return null;
    }
  })();
  if (saved !== null) page.dataset.theme = saved;

  const isDark = () =>
    page.dataset.theme === undefined
      ? matchMedia('(prefers-color-scheme: dark)').matches
      : page.dataset.theme === 'dark';

  const switchTheme = () => {
    page.dataset.theme = isDark() ? 'light' : 'dark';
    try {
      localStorage.setItem('theme', page.dataset.theme);
    } catch {
      // A browser that keeps nothing switches this page alone.
    }
  };

  const load = (file) =>
    new Promise((done, fail) => {
      const script = document.createElement('script');
      script.src = root + file;
      script.onload = done;
      script.onerror = fail;
      document.head.append(script);
    });

  let index = null;
  const openIndex = () => {
    index ??= (async () => {
      await load('minisearch.js');
      await load('search.js');
      const found = globalThis.MiniSearch.loadJSON(globalThis.searchIndex, {
        fields: ['title', 'page', 'text'],
        storeFields: ['title', 'page', 'href'],
        searchOptions: { boost: { title: 4, page: 2 }, prefix: true, fuzzy: 0.15 },
      });
      return found;
    })();
    return index;
  };

  const show = (results, hits) => {
    results.replaceChildren(
      ...hits.slice(0, 12).map(({ title, page: name, href }) => {
        const link = document.createElement('a');
        link.href = root + href;
        link.textContent = title;
        const small = document.createElement('small');
        small.textContent = name;
        link.append(small);
        const item = document.createElement('li');
        item.append(link);
        return item;
      }),
    );
    if (hits.length === 0) results.textContent = 'Nothing found';
  };

  const startSearch = (input, results) => {
    const search = async () => {
      const query = input.value.trim();
      results.hidden = query === '';
      if (query === '') return;
      const found = await openIndex();
      if (query === input.value.trim()) show(results, found.search(query));
    };
    input.addEventListener('focus', openIndex);
    input.addEventListener('input', search);
    document.addEventListener('keydown', (event) => {
      if (event.key === '/' && document.activeElement !== input) {
        event.preventDefault();
        input.focus();
      }
      if (event.key === 'Escape') results.hidden = true;
      if (event.key === 'Enter' && document.activeElement === input)
        results.querySelector('a')?.click();
    });
    document.addEventListener('click', (event) => {
      if (!event.target.closest('.search')) results.hidden = true;
    });
  };

  const addCopy = (pre) => {
    if (!navigator.clipboard) return;
    const button = document.createElement('button');
    button.className = 'copy';
    button.textContent = 'Copy';
    button.addEventListener('click', () => {
      void navigator.clipboard.writeText(pre.querySelector('code').textContent).then(() => {
        button.textContent = 'Copied';
      });
    });
    pre.append(button);
  };

  document.addEventListener('DOMContentLoaded', () => {
    document.querySelector('.theme').addEventListener('click', switchTheme);
    startSearch(document.querySelector('.search input'), document.querySelector('#results'));
    document.querySelectorAll('pre').forEach(addCopy);
    if (innerWidth < 832) document.querySelector('nav > details').open = false;
    document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'center' });
    if (location.hash === '') scrollTo(0, 0);
  });
}
