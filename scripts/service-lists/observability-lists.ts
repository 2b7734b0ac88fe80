import { readYaml, type ServiceList } from './service-list.ts';

interface ScrapeJob {
  job_name: string;
  static_configs?: Array<{ targets: string[] }>;
  dns_sd_configs?: Array<{ names: string[]; port: number }>;
}

const scrapeJobs = (content: string) => (readYaml(content) as { scrape_configs: ScrapeJob[] }).scrape_configs;

const PROMETHEUS: ServiceList = {
  file: 'observability/prometheus/prometheus.yml',
  expected: ({ name, port }) => [`scrape_configs, job_name: ${name} with the target ${name}:${port}`],
  found: (content) =>
    scrapeJobs(content).map(({ job_name, static_configs = [] }) => {
      const targets = static_configs.flatMap((config) => config.targets);
      return `scrape_configs, job_name: ${job_name} with the target ${targets}`;
    }),
};

const PROMETHEUS_REPLICAS: ServiceList = {
  file: 'observability/prometheus/replicas.yml',
  expected: ({ name, port }) => [`scrape_configs, job_name: ${name} with every address of ${name}, port ${port}`],
  found: (content) =>
    scrapeJobs(content)
      .filter(({ job_name }) => job_name !== 'balancer')
      .flatMap(({ job_name, dns_sd_configs = [] }) =>
        dns_sd_configs.map(
          ({ names, port }) => `scrape_configs, job_name: ${job_name} with every address of ${names}, port ${port}`,
        ),
      ),
};

export const OBSERVABILITY_LISTS: readonly ServiceList[] = [PROMETHEUS, PROMETHEUS_REPLICAS];
