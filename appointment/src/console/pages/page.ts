import { type Html, html } from '@appointments/chassis';
import { assets } from '../assets.ts';

export interface PageOptions {
  title: string;
  main: Html;
  /** Where the page hears of changes; also puts the script in. */
  events?: string | undefined;
  /** Of the operator who is signed in. */
  csrf?: string | undefined;
}

const brand = html`<svg class="brand-mark" viewBox="0 0 28 20" width="28" height="20" aria-hidden="true" focusable="false">
<path d="M4 4v7.5a5 5 0 0 0 5 5h10a5 5 0 0 0 5-5V9"/><path d="M20.4 11.2L24 7.4l3.6 3.8"/><circle cx="4" cy="4" r="2.6"/></svg>`;

const liveIndicator = html`<span class="live" id="live" data-state="connecting" hidden><span class="live-dot" aria-hidden="true"></span><span id="live-text">Connecting</span></span>`;

// Shown where the script is there that it needs.
const clockToggle = html`<button type="button" id="clock" class="quiet scripts-only" aria-pressed="false">Local time</button>`;

const signOut = (csrf: string) => html`<form method="post" action="/console/sign-out">
<input type="hidden" name="csrf" value="${csrf}"><button class="quiet">Sign out</button></form>`;

/** A whole page around its main part. */
export function page({ title, main, events, csrf }: PageOptions): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} · Appointments console</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" type="image/svg+xml" href="${assets.icon.path}">
<link rel="stylesheet" href="${assets.stylesheet.path}">
${csrf !== undefined && html`<script type="module" src="${assets.pageScript.path}"></script>`}
${events !== undefined && html`<script type="module" src="${assets.script.path}"></script>`}
</head>
<body${events !== undefined && html` data-events="${events}"`}>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/console">${brand}<span><b>Appointments</b> console</span></a>
${csrf !== undefined && html`<div class="top-end">${events !== undefined && liveIndicator}${clockToggle}${signOut(csrf)}</div>`}
</header>
<main id="main" tabindex="-1">${main}</main>
<p id="announcer" class="unseen" role="status" aria-live="polite"></p>
</body>
</html>
`;
}
