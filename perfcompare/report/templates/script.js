'use strict';
(() => {
  // Some browsers no longer see a table where it is laid out as cards.
  const roles = { TABLE: 'table', THEAD: 'rowgroup', TBODY: 'rowgroup', TR: 'row', TD: 'cell' };
  for (const part of document.querySelectorAll('table, thead, tbody, tr, th, td')) {
    const role = roles[part.tagName] || { col: 'columnheader', row: 'rowheader' }[part.scope];
    if (role) part.setAttribute('role', role);
  }

  const section = document.querySelector('[aria-labelledby=verdicts]');
  const toolbar = document.getElementById('toolbar');
  if (!section || !toolbar) return;
  const [box, kind, reset, said] = ['filter', 'kind', 'reset', 'shown'].map(id => document.getElementById(id));
  const chips = [...toolbar.querySelectorAll('[data-verdict]')];
  const tables = [...section.querySelectorAll('table.cards')].map(table => ({
    table, rows: [...table.tBodies], fold: table.closest('details'),
  }));
  const text = cell => [...cell.childNodes].map(part => part.textContent).join(' ');
  const words = new Map();
  const names = new Map();
  for (const { rows } of tables) {
    for (const row of rows) {
      const [verdict, metric] = row.rows[0].cells;
      names.set(row, text(metric));
      words.set(row, `${text(verdict)} ${text(metric)}`.toLowerCase());
    }
  }

  // What is shown.
  const pressed = chip => chip.getAttribute('aria-pressed') === 'true';
  const press = (chip, down) => chip.setAttribute('aria-pressed', down);
  const show = () => {
    const asked = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdicts = chips.filter(pressed).map(chip => chip.dataset.verdict);
    const fits = row => asked.every(word => words.get(row).includes(word))
      && (!verdicts.length || verdicts.includes(row.dataset.verdict))
      && (!kind.value || row.dataset.kind === kind.value);
    const told = [];
    let any = 0;
    for (const { rows, fold } of tables) {
      let count = 0;
      for (const row of rows) {
        row.hidden = !fits(row);
        count += !row.hidden;
      }
      // What matches only among the folded lines is shown.
      if (fold && count && !any) fold.open = true;
      any += count;
      told.push(`${count} of ${rows.length}` + (tables.length < 2 ? '' : fold ? ' for information' : ' that count'));
    }
    said.textContent = `${told.join(' and ')} shown`;
  };
  const clear = () => {
    box.value = kind.value = '';
    chips.forEach(chip => press(chip, false));
  };
  box.addEventListener('input', show);
  kind.addEventListener('change', show);
  reset.addEventListener('click', () => { clear(); show(); });
  toolbar.addEventListener('click', event => {
    const chip = event.target.closest('[data-verdict]');
    if (chip) { press(chip, !pressed(chip)); show(); }
  });
  for (const link of document.querySelectorAll('a[data-verdict]')) {
    link.addEventListener('click', () => {
      clear();
      const wanted = link.dataset.verdict.replaceAll(' ', '-');
      chips.forEach(chip => press(chip, chip.dataset.verdict === wanted));
      show();
    });
  }

  // In which order: first the way that tells most, then the other, then worst first.
  const sort = ({ table, rows }, key, way) => {
    const place = new Map(rows.map((row, at) => [row, at]));
    const compare = {
      v: (a, b) => place.get(a) - place.get(b),
      m: (a, b) => names.get(a).localeCompare(names.get(b), 'en', { numeric: true }),
    }[key] || ((a, b) => a.dataset[key] - b.dataset[key]);
    const known = row => key in { v: 1, m: 1 } || key in row.dataset;
    const sorted = !way ? rows : [
      ...rows.filter(known).sort((a, b) => way * compare(a, b)),
      ...rows.filter(row => !known(row)),
    ];
    table.append(...sorted);
  };
  for (const one of tables) {
    const heads = [...one.table.tHead.querySelectorAll('[data-sort]')];
    for (const head of heads) {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener('click', () => {
        const key = head.dataset.sort;
        const ways = 'vm'.includes(key) ? ['ascending', 'descending'] : ['descending', 'ascending'];
        const next = ways[ways.indexOf(head.getAttribute('aria-sort')) + 1];
        heads.forEach(other => other.removeAttribute('aria-sort'));
        if (next) head.setAttribute('aria-sort', next);
        sort(one, key, { ascending: 1, descending: -1 }[next]);
      });
    }
  }

  // What is inside.
  section.addEventListener('click', event => {
    const row = event.target.closest('tbody.metric > tr:first-child');
    if (!row || event.target.closest('a, button') || String(getSelection())) return;
    const inside = row.parentElement.querySelector('details.inside');
    inside.open = !inside.open;
  });
  const copier = pre => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'copy';
    button.setAttribute('aria-live', 'polite');
    button.addEventListener('click', () => {
      const select = () => {
        getSelection().selectAllChildren(pre);
        button.textContent = 'selected';
      };
      if (!navigator.clipboard) return select();
      navigator.clipboard.writeText(pre.textContent).then(() => { button.textContent = 'copied'; }, select);
    });
    return button;
  };
  section.addEventListener('toggle', event => {
    const pre = event.target.matches('.inside[open]') && event.target.querySelector('pre');
    const label = pre && pre.previousElementSibling;
    if (label && !label.querySelector('button')) label.append(' ', copier(pre));
  }, true);

  document.documentElement.classList.add('js');
  toolbar.hidden = false;
  show();
})();
