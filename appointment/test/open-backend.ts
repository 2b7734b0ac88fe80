import type { OpenedService, OpenService, ServiceParts } from '@appointments/chassis/testing';
import type { BackendName } from '../../services.ts';

/** Opens a service that the orchestrator calls, as its own tests do. */
export async function openBackend(name: BackendName, parts: ServiceParts): Promise<OpenedService> {
  const { openService }: { openService: OpenService } = await import(`../../${name}/test/${name}-service.ts`);
  return openService(parts);
}
