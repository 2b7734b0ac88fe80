// Keeps a page up to date while it is open. Without it the page is as complete, and as old as its last load.

const { body } = document;
const indicator = document.getElementById('live');
const announcer = document.getElementById('announcer');
const address = new URL(body.dataset.events, location.href);

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
let waitMs = FIRST_WAIT_MS;

const WORDS = { connecting: 'Connecting', live: 'Live', lost: 'Reconnecting' };

function show(state) {
  indicator.hidden = false;
  indicator.dataset.state = state;
  document.getElementById('live-text').textContent = WORDS[state];
}

/** The element that markup from the server stands for. */
function parse(markup) {
  const template = document.createElement('template');
  template.innerHTML = markup;
  return template.content.firstElementChild;
}

function fillParts(parts) {
  for (const [id, markup] of Object.entries(parts)) {
    const part = document.getElementById(id);
    // Compared with what came last: the browser writes markup in its own way.
    if (!part || part.lastMarkup === markup) continue;
    const held = part.contains(document.activeElement);
    part.lastMarkup = markup;
    const unfolded = [...part.querySelectorAll('details')].map(({ open }) => open);
    part.innerHTML = markup;
    for (const [index, details] of part.querySelectorAll('details').entries()) details.open = unfolded[index] ?? false;
    if (held) document.querySelector('h1').focus();
    if (id === 'state') announcer.textContent = part.textContent.trim();
  }
}

const newestFirst = !address.searchParams.has('older');
const pageSize = 50;

function insert(list, row, id) {
  const next = [...list.children].find((other) => other.dataset.id < id);
  list.insertBefore(row, next ?? null);
  while (list.children.length > pageSize) list.lastElementChild.remove();
}

function replace(old, row) {
  const held = old.contains(document.activeElement);
  const index = [...old.querySelectorAll('a')].indexOf(document.activeElement);
  old.replaceWith(row);
  if (held) row.querySelectorAll('a')[index]?.focus();
}

function fillRows(changes) {
  const table = document.getElementById('bookings');
  const list = table.tBodies[0];
  const shown = new Map([...list.children].map((row) => [row.dataset.id, row]));
  const oldest = list.lastElementChild?.dataset.id ?? '';
  let added = 0;
  let changed = 0;
  for (const { id, row: markup } of changes.toReversed()) {
    const old = shown.get(id);
    const isNewest = newestFirst && (list.children.length < pageSize || id > oldest);
    if (!markup) {
      if (old && !old.contains(document.activeElement)) old.remove();
      continue;
    }
    if (!old && !isNewest) continue;
    const row = parse(markup);
    if (old?.innerHTML === row.innerHTML) continue;
    row.classList.add('fresh');
    if (old) replace(old, row);
    else insert(list, row, id);
    if (old) changed += 1;
    else added += 1;
  }
  if (list.children.length > 0) {
    table.hidden = false;
    for (const filter of document.querySelectorAll('.filters')) filter.hidden = false;
    document.getElementById('nothing')?.remove();
  }
  announce(added, changed);
  tellTimes();
}

function announce(added, changed) {
  const parts = [];
  if (added > 0) parts.push(added === 1 ? '1 new booking' : `${added} new bookings`);
  if (changed > 0) parts.push(changed === 1 ? '1 booking changed' : `${changed} bookings changed`);
  if (parts.length > 0) announcer.textContent = parts.join(', ');
}

function sayAgo(ms) {
  if (ms < 5_000) return 'just now';
  if (ms < 60_000) return `${Math.floor(ms / 1_000)} s ago`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ago`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h ago`;
  return `${Math.floor(ms / 86_400_000)} d ago`;
}

// The clock of this machine may be off; the server's is what the times are by.
const skewMs = Number(address.searchParams.get('since')) - Date.now();

function tellTimes() {
  for (const time of document.querySelectorAll('time[data-ago]')) {
    const text = sayAgo(Date.now() + skewMs - Date.parse(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
}

function connect() {
  const source = new EventSource(address);
  const on = (name, act) =>
    source.addEventListener(name, (event) => {
      if (event.lastEventId) address.searchParams.set('since', event.lastEventId);
      act(JSON.parse(event.data));
    });
  source.addEventListener('open', () => {
    waitMs = FIRST_WAIT_MS;
    show('live');
  });
  source.addEventListener('error', () => {
    show('lost');
    // The browser tries again by itself unless the response was a refusal, such as while the service restarts.
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(connect, waitMs);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  });
  on('rows', fillRows);
  on('parts', fillParts);
  on('stale', () => location.reload());
}

connect();
setInterval(tellTimes, 5_000);
