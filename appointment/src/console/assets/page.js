// What a page can do where scripts run: copy an id, and tell times by the clock of this machine.

const root = document.documentElement;
root.classList.add('scripted');

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // There is no clipboard over http but this one.
  const field = document.createElement('textarea');
  field.className = 'unseen';
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}

// On a phone the row of tabs is wider than the screen.
const tab = document.querySelector('.tabs [aria-current]');
const tabs = tab?.closest('.tabs');
if (tabs) tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;

const COPIED_MS = 2_000;

document.addEventListener('click', async ({ target }) => {
  const button = target.closest('button[data-copy]');
  if (!button) return;
  await copy(button.dataset.copy);
  button.classList.add('copied');
  document.getElementById('announcer').textContent = `Copied ${button.dataset.copy}`;
  button.focus();
  setTimeout(() => button.classList.remove('copied'), COPIED_MS);
});

const FORMS = {
  full: new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' }),
  second: new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' }),
  minute: new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' }),
  day: new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' }),
};
const zone = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' })
  .formatToParts()
  .find(({ type }) => type === 'timeZoneName').value;

const toggle = document.getElementById('clock');
let isLocal = localStorage.getItem('clock') === 'local';

/** The time by this machine's clock, in the form in which the server has told it by UTC. */
function localText({ dateTime, dataset: { form, since } }) {
  const at = new Date(dateTime);
  const text = FORMS[form].format(at);
  const isOtherDay = since && new Date(since).toDateString() !== at.toDateString();
  return isOtherDay ? `${FORMS.day.format(at)}, ${text}` : text;
}

// Only texts change, no elements: the observer below hears nothing of it.
function tell(element, local) {
  element.dataset.utc ??= element.firstChild.data;
  element.firstChild.data = isLocal ? local : element.dataset.utc;
}

function tellTimes() {
  for (const time of document.querySelectorAll('time[data-form]')) tell(time, localText(time));
  for (const name of document.querySelectorAll('.zone')) tell(name, zone);
  for (const time of document.querySelectorAll('time[title]')) {
    time.dataset.utcTitle ??= time.title;
    time.title = isLocal ? `${FORMS.full.format(new Date(time.dateTime))} ${zone}` : time.dataset.utcTitle;
  }
  toggle?.setAttribute('aria-pressed', String(isLocal));
}

toggle?.addEventListener('click', () => {
  isLocal = !isLocal;
  localStorage.setItem('clock', isLocal ? 'local' : 'utc');
  tellTimes();
});

if (isLocal) tellTimes();
new MutationObserver(() => {
  if (isLocal) tellTimes();
}).observe(document.body, { childList: true, subtree: true });
