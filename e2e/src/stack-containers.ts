import { SERVICE_NAMES, type ServiceName } from '../../services.ts';
import {
  type ContainerFacts,
  createContainer,
  createServiceContainer,
  publishedPort,
  type ServiceContainer,
} from './container.ts';
import { docker, inspect } from './run.ts';

const labelOf = ({ Config }: ContainerFacts, label: string) => Config.Labels[`com.docker.compose.${label}`];

/** The containers of a compose project: every one by its service, and of each service of ours the first. */
export async function findContainers(project: string) {
  const listed = await docker('ps', '--quiet', '--filter', `label=com.docker.compose.project=${project}`);
  const ids = String(listed).trim().split('\n');
  const facts = await Promise.all(ids.map((id) => inspect<ContainerFacts>(id)));
  facts.sort((one, other) => Number(labelOf(one, 'container-number')) - Number(labelOf(other, 'container-number')));
  const byService = Map.groupBy(facts, (one) => labelOf(one, 'service') ?? '');
  const entries = SERVICE_NAMES.map(async (service) => {
    const id = byService.get(service)?.[0]?.Id ?? '';
    const entrance = facts.find((one) => publishedPort(one, service))?.Id;
    const container = createServiceContainer(service, id, `${project}_default`, entrance);
    await container.locate();
    return [service, container] as const;
  });
  return {
    all: new Map([...byService].map(([service, of]) => [service, of.map(({ Id }) => createContainer(Id))])),
    containers: Object.fromEntries(await Promise.all(entries)) as Record<ServiceName, ServiceContainer>,
  };
}
