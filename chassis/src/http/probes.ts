/** Paths that probes and scrapers request every few seconds; logged like other requests they would drown them. */
export const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);
