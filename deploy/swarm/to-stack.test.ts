import { describe, expect, test } from 'vitest';
import { toStack } from './to-stack.ts';

// Out of what `docker compose config --format json` prints.
const project = {
  name: 'appointments',
  'x-swarm': {
    balancer: {
      image: 'haproxy:3.2-alpine',
      configs: [{ source: 'haproxy', file: 'deploy/haproxy/haproxy.cfg', target: '/etc/haproxy.cfg' }],
    },
  },
  services: {
    payment: {
      image: 'appointments-payment:1',
      build: { context: '.', dockerfile: 'payment/Dockerfile' },
      pull_policy: 'build',
      command: null,
      depends_on: { postgres: { condition: 'service_healthy', required: true } },
      deploy: { replicas: 2, endpoint_mode: 'dnsrr', resources: {} },
      environment: { DATABASE_URL: 'postgres://payment:secret@postgres:5432/payment', LOG_LEVEL: null },
      init: true,
      labels: { 'appointments.stack': 'local' },
      mem_limit: '201326592',
      pids_limit: 100,
      restart: 'unless-stopped',
      security_opt: ['no-new-privileges:true'],
      tmpfs: ['/tmp'],
    },
    balancer: {
      image: 'appointments-balancer',
      build: { context: 'deploy/haproxy', dockerfile_inline: 'FROM haproxy:3.2-alpine' },
      ports: [
        { mode: 'host', target: 9090, published: '9090', protocol: 'tcp' },
        { mode: 'ingress', host_ip: '127.0.0.1', target: 8081, published: '8081', protocol: 'tcp' },
      ],
    },
    postgres: {
      image: 'postgres:18',
      shm_size: '134217728',
      volumes: [{ type: 'volume', source: 'postgres-data', target: '/var/lib/postgresql', volume: {} }],
      tmpfs: ['/run/postgresql'],
    },
  },
  networks: { database: { name: 'appointments_database', ipam: {}, internal: true } },
  volumes: { 'postgres-data': { name: 'appointments_postgres-data', labels: { 'appointments.stack': 'local' } } },
  secrets: { token: { name: 'appointments_token', file: '/checkout/secrets/token' } },
};

describe('When a Compose project becomes a stack', () => {
  const stack = toStack(project, (file) => `digest of ${file}`) as {
    services: Record<keyof typeof project.services, object>;
  };

  test('Then no field is left that a stack refuses, and limits and labels are in their places', () => {
    expect(stack.services.payment).toEqual({
      image: 'appointments-payment:1',
      environment: { DATABASE_URL: 'postgres://payment:secret@postgres:5432/payment' },
      init: true,
      labels: { 'appointments.stack': 'local' },
      ports: [],
      volumes: [{ type: 'tmpfs', target: '/tmp' }],
      deploy: {
        replicas: 2,
        endpoint_mode: 'dnsrr',
        labels: { 'appointments.stack': 'local' },
        restart_policy: { condition: 'any', delay: '2s' },
        resources: { limits: { memory: '201326592', pids: 100 } },
      },
    });
  });

  test('Then ports for this machine only are not published on every one', () => {
    expect(stack.services.balancer).toMatchObject({
      ports: [{ mode: 'host', target: 9090, published: 9090, protocol: 'tcp' }],
    });
  });

  test('Then a file that Compose builds into an image is a config of the image itself', () => {
    expect(stack.services.balancer).toMatchObject({
      image: 'haproxy:3.2-alpine',
      configs: [{ source: 'haproxy', target: '/etc/haproxy.cfg' }],
    });
    expect(stack).not.toHaveProperty('x-swarm');
  });

  test('Then what is kept in memory stands beside what is kept on disk', () => {
    expect(stack.services.postgres).toMatchObject({
      volumes: [
        { type: 'volume', source: 'postgres-data', target: '/var/lib/postgresql', volume: {} },
        { type: 'tmpfs', target: '/run/postgresql' },
      ],
    });
    expect(stack.services.postgres).not.toHaveProperty('tmpfs');
    expect(stack.services.postgres).not.toHaveProperty('shm_size');
  });

  test('Then networks span machines, and a changed config or secret has another name', () => {
    expect(stack).toMatchObject({
      networks: { database: { driver: 'overlay', driver_opts: { encrypted: 'true' }, internal: true } },
      volumes: { 'postgres-data': { labels: { 'appointments.stack': 'local' } } },
      configs: {
        haproxy: {
          name: 'appointments_haproxy-digest of deploy/haproxy/haproxy.cfg',
          file: 'deploy/haproxy/haproxy.cfg',
        },
      },
      secrets: {
        token: { name: 'appointments_token-digest of /checkout/secrets/token', file: '/checkout/secrets/token' },
      },
    });
  });
});
