// Keeps a page up to date while it is open. Without it the page is as complete, and as old as its last load.

import { announce, fillParts, keepTimes, serverNow } from './live-parts.js';
import { fillRows } from './live-rows.js';

const { body } = document;
const indicator = document.getElementById('live');
const address = new URL(body.dataset.events, location.href);

const POLL_MS = 2_500;
const HIDDEN_POLL_MS = 15_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const CROWDED_WAIT_MS = 60_000;
// The server is heard of every 15 s, whatever happens: a line that is silent for longer is dead.
const LONGEST_SILENCE_MS = 40_000;
const OPENING_MS = 5_000;

const ACTS = { rows: fillRows, parts: fillParts, stale: () => location.reload(), alive: () => {} };

let heardAt = serverNow();
let failures = 0;
let wake = () => {};

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'UTC' });

function show(state) {
  const before = indicator.dataset.state;
  const words = { live: 'Live', lost: `Reconnecting, as of ${clock.format(heardAt)} UTC` };
  indicator.hidden = false;
  indicator.dataset.state = state;
  document.documentElement.dataset.live = state;
  document.getElementById('live-text').textContent = words[state];
  if (state === before) return;
  if (state === 'lost') announce(`The connection is lost. This is as of ${clock.format(heardAt)} UTC.`);
  else if (before === 'lost') announce('The page is live again.');
}

function hear(by) {
  heardAt = serverNow();
  failures = 0;
  indicator.dataset.by = by;
  show('live');
}

function take(name, data, at) {
  if (at) address.searchParams.set('since', at);
  ACTS[name]?.(data);
}

/** Nobody is signed in any more: nothing of a patient stays on the screen. */
function endSession() {
  const main = document.getElementById('main');
  main.replaceChildren(document.getElementById('session-ended').content.cloneNode(true));
  main.querySelector('a').href = location.href;
  document.title = 'Signed out · Appointments console';
  document.documentElement.dataset.live = 'ended';
  document.querySelector('.top-end').remove();
  main.querySelector('h1').focus();
}

/** @returns whether the session has ended */
async function poll() {
  const changes = new URL(address);
  changes.pathname = changes.pathname.replace(/events$/, 'changes');
  try {
    const response = await fetch(changes, { signal: AbortSignal.timeout(10_000) });
    if (response.status === 401) return true;
    if (!response.ok) throw new Error(response.statusText);
    const { events, at } = await response.json();
    for (const event of events) take(event.name, event.data, event.at);
    take('alive', null, at);
    hear('poll');
  } catch {
    failures += 1;
    show('lost');
  }
  return false;
}

/** Listens until the stream ends; resolves to when there may be another one. */
function listen(isMine) {
  return new Promise((resolve) => {
    const source = new EventSource(address);
    const began = Date.now();
    let silence;
    const end = (waitMs) => {
      source.close();
      clearTimeout(silence);
      isMine.removeEventListener('abort', left);
      resolve(Date.now() + waitMs);
    };
    const left = () => end(0);
    // One that lasts is followed by another at once; where none does, as behind some proxies, polling is what is left.
    const broken = () => end(Date.now() - began > LONGEST_WAIT_MS ? 0 : LONGEST_WAIT_MS);
    const listenOn = (ms) => {
      clearTimeout(silence);
      silence = setTimeout(broken, ms);
    };
    const on = (name, act) =>
      source.addEventListener(name, (event) => {
        listenOn(LONGEST_SILENCE_MS);
        hear('stream');
        act?.(event);
      });
    on('open');
    for (const name of Object.keys(ACTS)) {
      on(name, ({ data, lastEventId }) => take(name, JSON.parse(data), lastEventId));
    }
    source.addEventListener('crowded', () => end(CROWDED_WAIT_MS));
    source.addEventListener('error', broken);
    isMine.addEventListener('abort', left);
    listenOn(OPENING_MS);
  });
}

// A browser keeps six connections to a server, and a stream is one of them for good: of all tabs, the one that has the lock
// has a stream, and the others poll. Where there are no locks, which is where a page came by http from afar, all poll.
let turn = new AbortController();
turn.abort();
let hasStream = turn.signal;

async function takeTurn() {
  turn = new AbortController();
  const { signal } = turn;
  const begin = () =>
    new Promise((end) => {
      signal.addEventListener('abort', end);
      hasStream = signal;
      wake();
    });
  await navigator.locks?.request('console stream', { signal }, begin).catch(() => {});
}

function leaveOrTakeTurn() {
  if (document.hidden) turn.abort();
  else if (turn.signal.aborted) void takeTurn();
  wake();
}

function pauseMs() {
  if (failures > 0) return Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS);
  return document.hidden ? HIDDEN_POLL_MS : POLL_MS;
}

const pause = () =>
  new Promise((go) => {
    wake = go;
    setTimeout(go, pauseMs());
  });

document.addEventListener('visibilitychange', leaveOrTakeTurn);
leaveOrTakeTurn();
keepTimes();

for (let streamAt = 0; ; ) {
  await pause();
  if (failures === 0 && !hasStream.aborted && Date.now() >= streamAt) streamAt = await listen(hasStream);
  if (await poll()) break;
}
document.removeEventListener('visibilitychange', leaveOrTakeTurn);
turn.abort();
endSession();
