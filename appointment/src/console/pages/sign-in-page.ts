import { type Html, html } from '@appointments/chassis';
import { page } from './page.ts';

/** The page to sign in at. */
export function signInPage({ returnTo, refused }: { returnTo: string; refused: boolean }): Html {
  const main = html`<div class="alone">
<h1>Sign in</h1>
<p class="lead">The console is for those who operate this service. It takes the operator token that the service was started with.</p>
<form method="post" action="/console/sign-in" class="stack">
<input type="hidden" name="to" value="${returnTo}">
<input type="text" name="username" value="operator" autocomplete="username" hidden>
<label for="token">Operator token</label>
<input id="token" name="token" type="password" required autofocus autocomplete="current-password" spellcheck="false"${
    refused && html` aria-invalid="true" aria-describedby="refused"`
  }>
${refused && html`<p id="refused" class="refused" role="alert">That is not the operator token.</p>`}
<button class="primary">Sign in</button>
</form>
<p class="note">You stay signed in for half an hour after your last visit, for eight hours at most.</p>
</div>`;
  return page({ title: refused ? 'Not signed in' : 'Sign in', main });
}
