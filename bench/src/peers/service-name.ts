/** The product's services; the orchestrator, which needs the others, comes last. */
export const SERVICES = ['reservation', 'payment', 'appointment'] as const;

export type ServiceName = (typeof SERVICES)[number];
