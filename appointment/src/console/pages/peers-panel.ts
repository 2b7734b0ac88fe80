import { type Html, html } from '@appointments/chassis';
import type { PeerState } from '../peer-states.ts';
import { type Mark, mark } from './marks.ts';

const CIRCUITS: Record<PeerState['circuit'], string> = {
  closed: 'calls go through',
  open: 'circuit open: calls are held back',
  half_open: 'circuit half open: one call is trying',
};

function toneOf({ readiness, circuit }: PeerState): Mark {
  if (readiness !== 'ready') return 'failed';
  return circuit === 'closed' ? 'confirmed' : 'stuck';
}

/** How the services fare that the orchestrator depends on. */
export function peersPanel(peers: readonly PeerState[]): Html {
  const items = peers.map((peer) => {
    const tone = toneOf(peer);
    return html`<li><span class="status tone-${tone}">${mark(tone)}<b>${peer.name}</b></span> <span class="peer-state">${peer.readiness}, ${CIRCUITS[peer.circuit]}</span></li>`;
  });
  return html`<h2 class="unseen">Services</h2><ul class="peer-list">${items}</ul>`;
}
