import { STATUS_CODES } from 'node:http';
import type { Problem } from '@appointments/chassis';
import { type Html, html } from '@appointments/chassis';
import { page } from './page.ts';

/**
 * A problem as a page for people.
 *
 * @param path that was asked for
 */
export function problemPage(problem: Problem, path: string): Html {
  // What a form was refused is about a booking that is still there.
  const booking = problem.status === 404 ? undefined : /^\/console\/bookings\/[^/]+/.exec(path)?.[0];
  const title = STATUS_CODES[problem.status] ?? 'Something went wrong';
  const main = html`<div class="alone">
<p class="eyebrow">${problem.status} · <code>${problem.code}</code></p>
<h1>${title}</h1>
<p class="lead">${problem.message}</p>
<p><a href="${booking ?? '/console'}">Back to the ${booking ? 'booking' : 'bookings'}</a></p>
</div>`;
  return page({ title, main });
}

/** What is shown where no operator token is set. */
export function shutPage(): Html {
  const main = html`<div class="alone">
<p class="eyebrow">403 · <code>operator_token_not_set</code></p>
<h1>The console is shut</h1>
<p class="lead">It opens with an operator token, and none is set. There is no default one.</p>
<p>Choose a token that nobody can guess and start the service with it:</p>
<pre><code>export OPERATOR_TOKEN=$(openssl rand -hex 24)
echo "$OPERATOR_TOKEN"
npm start          # or: docker compose up</code></pre>
<p>Then open this page again and sign in with it.</p>
</div>`;
  return page({ title: 'Shut', main });
}
