// The parts of a page that the server renders anew, the times that go on by themselves, and what is said aloud.

const announcer = document.getElementById('announcer');

const SAID_MS = 5_000;
let forget;

/** Says something to those who listen to the page. */
export function announce(text) {
  clearTimeout(forget);
  announcer.textContent = text;
  forget = setTimeout(() => announcer.replaceChildren(), SAID_MS);
}

// The clock of this machine may be off; the server's is what the times are by.
const skewMs = Number(new URL(document.body.dataset.events, location.href).searchParams.get('since')) - Date.now();

/** The time at the server, in milliseconds since the epoch. */
export const serverNow = () => Date.now() + skewMs;

function sayAgo(ms) {
  if (ms < 5_000) return 'just now';
  if (ms < 60_000) return `${Math.floor(ms / 1_000)} s ago`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ago`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h ago`;
  return `${Math.floor(ms / 86_400_000)} d ago`;
}

/** Says anew how long ago things were. */
export function tellTimes(within = document) {
  for (const time of within.querySelectorAll('time[data-ago]')) {
    const text = sayAgo(serverNow() - Date.parse(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
}

/** Keeps them up to date. */
export const keepTimes = () => setInterval(tellTimes, 5_000);

/** The element that markup from the server stands for. */
export function parse(markup) {
  const template = document.createElement('template');
  template.innerHTML = markup;
  return template.content.firstElementChild;
}

const focusable = (part) => [...part.querySelectorAll('a, button, input, select, summary, [tabindex]')];

const statusIn = (part) => part.querySelector('.status')?.textContent.trim();
const textOf = (part) => part.textContent.replace(/\s+/g, ' ').trim();

function fill(part, markup) {
  const held = focusable(part).indexOf(document.activeElement);
  const unfolded = [...part.querySelectorAll('details')].map(({ open }) => open);
  part.innerHTML = markup;
  for (const [index, details] of part.querySelectorAll('details').entries()) details.open = unfolded[index] ?? false;
  if (held >= 0) (focusable(part)[held] ?? document.querySelector('h1')).focus();
}

/** Keeps the list where it is while somebody looks at it, whatever comes and goes above it. */
function holdingList(work) {
  const list = document.getElementById('page-of-rows');
  const topOf = () => list?.getBoundingClientRect().top ?? 0;
  const before = topOf();
  work();
  // Where the page is scrolled, the browser has held it already.
  const isLookedAt = list && (list.matches(':hover') || list.contains(document.activeElement));
  if (isLookedAt) scrollBy(0, topOf() - before);
}

function fillOne(id, markup) {
  const part = document.getElementById(id);
  // Compared with what came last: the browser writes markup in its own way.
  if (!part || part.lastMarkup === markup) return;
  const before = statusIn(part);
  part.lastMarkup = markup;
  fill(part, markup);
  // A stuck booking changes with every try, in when and why, and is as stuck as before.
  if (id === 'state' && statusIn(part) !== before) announce(textOf(part));
}

/** Fills parts of the page, by the ids of their elements. */
export function fillParts(parts) {
  holdingList(() => {
    for (const [id, markup] of Object.entries(parts)) fillOne(id, markup);
  });
  tellTimes();
}
