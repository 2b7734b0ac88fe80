import { hash } from 'node:crypto';
import { type Content, formatAmount, type Html, html } from '@appointments/chassis';
import type { Payment } from '../payment-store.ts';
import type { Challenge } from './challenge-store.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2530; --soft: #55606e; --paper: #f4f6f8; --card: #fff; --line: #d5dbe1; --go: #0b6b4b; --on-go: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ecf1; --soft: #a7b1bd; --paper: #12171d; --card: #1b222a; --line: #3a444f; --go: #5fd3a5; --on-go: #06281c; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 1.5rem 1rem; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 26rem; padding: 1.75rem; background: var(--card); border: 1px solid var(--line); border-radius: 0.75rem; }
h1 { margin: 0 0 0.25rem; font-size: 1.35rem; line-height: 1.3; }
p { margin: 0 0 1.25rem; color: var(--soft); }
dl { margin: 0 0 1.5rem; display: grid; grid-template-columns: auto 1fr; gap: 0.35rem 1rem; }
dt { color: var(--soft); }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
dd.amount { font-weight: 650; }
form { display: grid; grid-template-columns: 1fr 1fr; gap: 0.75rem; }
button { padding: 0.7rem 1rem; min-height: 2.75rem; font: inherit; font-weight: 600; border-radius: 0.5rem; border: 1px solid var(--line); background: transparent; color: inherit; cursor: pointer; }
button.approve { background: var(--go); border-color: var(--go); color: var(--on-go); }
button:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
footer { margin-top: 1.5rem; font-size: 0.875rem; color: var(--soft); }
@media (max-width: 22rem) { form { grid-template-columns: 1fr; } }
`;

/** What the page may load and do: its own style, and its own form. */
export const CHALLENGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

const ENDED: Record<NonNullable<Challenge['decision']>, readonly [string, string]> = {
  approved: ['Payment approved', 'You can close this page. Whoever asked for the payment is told.'],
  declined: ['Payment declined', 'You can close this page. Nothing was charged.'],
  voided: ['This payment is over', 'It was not confirmed in time, or it was cancelled. Nothing was charged.'],
};

/** The page on which a cardholder of the sandbox approves or declines a payment. */
export function challengePage(payment: Payment, { decision }: Challenge): Html {
  const [title, text] = decision
    ? ENDED[decision]
    : ['Confirm this payment', 'Your bank asks whether it is you who pays.'];
  return page(
    title,
    text,
    html`<dl>
<dt>Amount</dt><dd class="amount">${payment.amount !== null && formatAmount(payment.amount)}</dd>
${payment.card_last_four !== null && html`<dt>Card</dt><dd>•••• ${payment.card_last_four}</dd>`}
</dl>
${decision === null && FORM}`,
  );
}

const FORM = html`<form method="post">
<button name="decision" value="declined">Decline</button>
<button class="approve" name="decision" value="approved">Approve</button>
</form>`;

/** What a browser gets for a payment that never asked its cardholder. */
export const unknownChallengePage = (): Html =>
  page('This payment is not known', 'The link is wrong, or belongs to another service.', null);

// The style has no character that is escaped, so its hash fits.
const page = (title: string, text: string, content: Content): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Sandbox bank</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${text}</p>
${content}
<footer>This is the sandbox of the payment service. No money moves.</footer>
</main>
</body>
</html>
`;
