// The list of bookings. What is in it changes in its place; what is new waits until it is asked for, so that nothing moves
// away from under the pointer.

import { announce, parse, tellTimes } from './live-parts.js';

const { searchParams } = new URL(document.body.dataset.events, location.href);
const isNewest = !searchParams.has('older');
const waiting = new Set();
let isPointedAt = false;

const rowsOf = () => document.getElementById('bookings').tBodies[0];
const newButton = document.getElementById('new');

function countNew() {
  newButton.hidden = waiting.size === 0;
  newButton.textContent = `${waiting.size} new: show`;
}

/** Whether a booking is for this page, and not for an older one. */
function belongsHere(id) {
  const isLast = !document.querySelector('#page-of-rows a[rel="next"]');
  return isNewest && (isLast || id > rowsOf().lastElementChild?.dataset.id);
}

/** A row without what is not news: that it was new, and how its times are told. */
function sayingOf(row) {
  const copy = row.cloneNode(true);
  copy.removeAttribute('class');
  for (const time of copy.querySelectorAll('time')) {
    time.textContent = '';
    for (const told of ['title', 'data-since']) time.removeAttribute(told);
  }
  return copy;
}

/** Puts a row in the place of the one before; returns whether it says anything else. */
function replace(old, row) {
  tellTimes(row);
  if (sayingOf(old).isEqualNode(sayingOf(row))) return false;
  const held = [...old.querySelectorAll('a')].indexOf(document.activeElement);
  row.classList.add('fresh');
  old.replaceWith(row);
  if (held >= 0) row.querySelectorAll('a')[held]?.focus();
  return true;
}

/** Takes a row away that no longer fits the filter: under the pointer not before the pointer has gone. */
function takeAway(row) {
  row.classList.add('left');
  if (!isPointedAt) sweep();
}

function sweep() {
  for (const row of rowsOf().querySelectorAll('.left')) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    const isHeld = row.contains(document.activeElement);
    row.remove();
    if (isHeld) (next?.querySelector('a') ?? document.getElementById('list-title')).focus();
  }
  if (rowsOf().rows.length > 0) return;
  const hasMore = waiting.size > 0 || document.querySelector('#page-of-rows a[rel="next"]');
  if (hasMore) return void showNew();
  document.getElementById('bookings').hidden = true;
  document.getElementById('nothing').hidden = false;
}

const statusOf = (row) => row.querySelector('.cell-status').textContent.trim();
const nameOf = (row) => row.querySelector('.cell-name').textContent.trim();

/** Takes in what has become of bookings, the latest change first. */
export function fillRows(changes) {
  const shown = new Map([...rowsOf().rows].map((row) => [row.dataset.id, row]));
  const hadNew = waiting.size > 0;
  const changed = [];
  for (const { id, row: markup, isFound } of changes) {
    const old = shown.get(id);
    if (markup === null) {
      waiting.delete(id);
      if (old) takeAway(old);
    } else if (old) {
      const row = parse(markup);
      const before = statusOf(old);
      if (replace(old, row) && statusOf(row) !== before) changed.push(`${nameOf(row)}: ${statusOf(row)}`);
    } else if (isFound && belongsHere(id)) waiting.add(id);
  }
  countNew();
  const parts = [];
  if (waiting.size > 0 && !hadNew) parts.push(waiting.size === 1 ? '1 new booking' : `${waiting.size} new bookings`);
  if (changed.length > 0) parts.push(changed.length === 1 ? changed[0] : `${changed.length} bookings changed`);
  if (parts.length > 0) announce(parts.join(', '));
  if (rowsOf().rows.length === 0 && waiting.size > 0) void showNew();
}

/** Reads this part of the page anew: the server knows what is in it, and where the older ones go on. */
async function showNew() {
  const response = await fetch(location.href).catch(() => undefined);
  if (!response?.ok || response.redirected) return location.reload();
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const part = document.getElementById('page-of-rows');
  const isHeld = part.contains(document.activeElement) || document.activeElement === newButton;
  part.replaceWith(page.getElementById('page-of-rows'));
  for (const row of rowsOf().rows) if (waiting.has(row.dataset.id)) row.classList.add('fresh');
  for (const filter of document.querySelectorAll('.filters')) filter.hidden = false;
  waiting.clear();
  countNew();
  watchPointer();
  if (isHeld) (rowsOf().querySelector('a') ?? document.getElementById('list-title')).focus();
}

function watchPointer() {
  isPointedAt = false;
  const rows = rowsOf();
  // A finger is no pointer that rests somewhere.
  rows.addEventListener('pointermove', ({ pointerType }) => {
    isPointedAt = pointerType === 'mouse';
  });
  rows.addEventListener('pointerleave', () => {
    isPointedAt = false;
    sweep();
  });
}

if (newButton) {
  newButton.addEventListener('click', showNew);
  watchPointer();
}
