import { type Html, html } from '@appointments/chassis';

/**
 * Copies a text; there only where scripts run.
 *
 * @param what it is the button copies, for those who hear it
 */
export const copyButton = (text: string, what: string): Html =>
  html`<button type="button" class="copy scripts-only" data-copy="${text}"><span class="to-copy">Copy</span><span class="is-copied" aria-hidden="true">Copied</span><span class="unseen"> ${what}</span></button>`;
