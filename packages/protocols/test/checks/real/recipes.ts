import {
  csv,
  type ExternalCheckOptions,
  type HttpCheckOptions,
  json,
  keyValues,
  promtext,
} from '../../../src/checks/index.ts'

/** A system that is checked by `httpCheck` with these options, and no code of its own. */
export interface Recipe {
  /** Name of the system. */
  readonly name: string
  /** What it must be told, so that it tells how it is. */
  readonly needs: string
  /** Options of `httpCheck`. */
  readonly options: HttpCheckOptions
  /** Some of the metrics that it gives, with their kinds. */
  readonly metrics: Readonly<Record<string, 'gauge' | 'counter' | 'text'>>
}

/** Each is run against its server of Debian by the tests beside. */
export const recipes: Readonly<
  Record<
    'nginx' | 'apache' | 'haproxy' | 'squid' | 'varnish' | 'phpFpm' | 'nats' | 'rabbitmq' | 'nodeExporter',
    Recipe
  >
> = {
  nginx: {
    name: 'nginx',
    needs: 'a location with `stub_status`',
    options: {
      url: 'http://localhost/nginx_status',
      extract: keyValues({
        rename: {
          'Active connections': 'active',
          accepts: 'accepted',
          Reading: 'reading',
          Writing: 'writing',
          Waiting: 'waiting',
        },
        counters: ['accepted', 'handled', 'requests'],
      }),
    },
    metrics: {
      active: 'gauge',
      accepted: 'counter',
      handled: 'counter',
      requests: 'counter',
      reading: 'gauge',
      writing: 'gauge',
      waiting: 'gauge',
    },
  },
  apache: {
    name: 'Apache httpd',
    needs: '`mod_status`, with `ExtendedStatus On`',
    options: {
      url: 'http://localhost/server-status?auto',
      extract: keyValues({
        counters: ['Total_Accesses', 'Total_kBytes', 'Total_Duration', 'CPUUser', 'CPUSystem'],
      }),
    },
    metrics: {
      Total_Accesses: 'counter',
      Total_kBytes: 'counter',
      Load1: 'gauge',
      Uptime: 'gauge',
      BusyWorkers: 'gauge',
      IdleWorkers: 'gauge',
      ConnsTotal: 'gauge',
      ServerVersion: 'text',
      Scoreboard: 'text',
    },
  },
  haproxy: {
    name: 'HAProxy',
    needs: 'a frontend with `stats enable` and `stats uri /`',
    options: {
      url: 'http://localhost:8404/;csv',
      extract: csv({
        names: ['pxname', 'svname'],
        only: [
          ...[
            'status',
            'check_status',
            'qcur',
            'scur',
            'smax',
            'slim',
            'stot',
            'bin',
            'bout',
            'rate',
            'act',
            'bck',
          ],
          ...['ereq', 'econ', 'eresp', 'wretr', 'wredis', 'chkfail', 'chkdown', 'lastchg', 'downtime'],
          ...['hrsp_1xx', 'hrsp_2xx', 'hrsp_3xx', 'hrsp_4xx', 'hrsp_5xx', 'qtime', 'ctime', 'rtime', 'ttime'],
        ],
        counters: [
          ...['stot', 'bin', 'bout', 'ereq', 'econ', 'eresp', 'wretr', 'wredis', 'chkfail', 'chkdown'],
          ...['downtime', 'hrsp_1xx', 'hrsp_2xx', 'hrsp_3xx', 'hrsp_4xx', 'hrsp_5xx'],
        ],
      }),
    },
    metrics: {
      'web`FRONTEND`status': 'text',
      'web`FRONTEND`scur': 'gauge',
      'web`FRONTEND`stot': 'counter',
      'web`FRONTEND`bout': 'counter',
      'app`one`status': 'text',
      'app`BACKEND`act': 'gauge',
    },
  },
  squid: {
    name: 'Squid',
    needs: '`http_access allow localhost manager`',
    options: {
      url: 'http://localhost:3128/squid-internal-mgr/counters',
      extract: keyValues({
        counters: [
          ...['client_http.requests', 'client_http.hits', 'client_http.errors'],
          ...['client_http.kbytes_in', 'client_http.kbytes_out', 'client_http.hit_kbytes_out'],
          ...['server.all.requests', 'server.all.errors', 'server.all.kbytes_in', 'server.all.kbytes_out'],
          ...['cpu_time', 'wall_time', 'page_faults', 'select_loops', 'aborted_requests'],
        ],
      }),
    },
    metrics: {
      'client_http.requests': 'counter',
      'client_http.hits': 'counter',
      'server.all.errors': 'counter',
      cpu_time: 'counter',
      sample_time: 'text',
    },
  },
  varnish: {
    name: 'Varnish',
    needs:
      'nothing: what comes through it is what its users get; its counters are in what `varnishstat` prints',
    options: { url: 'http://localhost:6081/', bodyMatches: { backend: 'Welcome' } },
    metrics: { body_match_backend: 'gauge' },
  },
  phpFpm: {
    name: 'PHP-FPM',
    needs: '`pm.status_path = /fpm-status`, and a location of its web server that goes there',
    options: {
      url: 'http://localhost/fpm-status?json',
      extract: json({ counters: ['accepted conn', 'max children reached', 'slow requests'] }),
    },
    metrics: {
      pool: 'text',
      'accepted conn': 'counter',
      'listen queue': 'gauge',
      'idle processes': 'gauge',
      'active processes': 'gauge',
      'max children reached': 'counter',
      'slow requests': 'counter',
    },
  },
  nats: {
    name: 'NATS',
    needs: 'a port for monitoring, `-m 8222`',
    options: {
      url: 'http://localhost:8222/varz',
      extract: json({
        counters: ['in_msgs', 'out_msgs', 'in_bytes', 'out_bytes', 'total_connections', 'slow_consumers'],
      }),
    },
    metrics: {
      connections: 'gauge',
      total_connections: 'counter',
      mem: 'gauge',
      cpu: 'gauge',
      in_msgs: 'counter',
      out_bytes: 'counter',
      slow_consumers: 'counter',
      subscriptions: 'gauge',
      version: 'text',
    },
  },
  rabbitmq: {
    name: 'RabbitMQ',
    needs: 'the plugin `rabbitmq_management`; or `rabbitmq_prometheus`, with `promtext()` of `/metrics`',
    options: {
      url: 'http://localhost:15672/api/overview',
      basic: { user: 'guest', password: 'guest' },
      extract: json({
        only: [
          ...['rabbitmq_version', 'channels', 'connections', 'consumers', 'exchanges', 'queues'],
          ...[
            'messages',
            'messages_ready',
            'messages_unacknowledged',
            'publish',
            'confirm',
            'deliver_get',
            'ack',
          ],
        ],
        counters: ['publish', 'confirm', 'deliver_get', 'ack'],
      }),
    },
    metrics: {
      rabbitmq_version: 'text',
      'object_totals`connections': 'gauge',
      'object_totals`queues': 'gauge',
      'object_totals`consumers': 'gauge',
    },
  },
  nodeExporter: {
    name: 'Prometheus exporters',
    needs: 'nothing, such as of `prometheus-node-exporter`',
    options: { url: 'http://localhost:9100/metrics', extract: promtext() },
    metrics: {
      node_load1: 'gauge',
      'node_cpu_seconds_total|ST[cpu:0,mode:idle]': 'counter',
      node_memory_MemAvailable_bytes: 'gauge',
    },
  },
}

/** Counters of Varnish, and what only is as it is now. */
const varnishNames = {
  counters: [
    ...['uptime', 'sess_conn', 'sess_dropped', 'client_req', 'cache_hit', 'cache_miss', 'cache_hitpass'],
    ...['backend_conn', 'backend_fail', 'backend_req', 'fetch_failed', 'threads_failed', 'n_lru_nuked'],
    ...['s_resp_bodybytes'],
  ],
  gauges: ['threads', 'n_object', 'n_backend', 'thread_queue_len'],
}

/**
 * Varnish tells its counters by a program of its own, as JSON: to `externalCheck`. It reads them in memory that stays when Varnish is killed, so
 * that the recipe above must look whether it is there.
 */
export const varnishCounters: ExternalCheckOptions & { readonly metrics: Recipe['metrics'] } = {
  command: [
    ...['varnishstat', '-j'],
    ...Object.values(varnishNames)
      .flat()
      .flatMap((name) => ['-f', `MAIN.${name}`]),
  ],
  output: 'json',
  only: ['value'],
  counters: varnishNames.counters.map((name) => `counters\`MAIN.${name}\`value`),
  metrics: {
    'counters`MAIN.client_req`value': 'counter',
    'counters`MAIN.cache_hit`value': 'counter',
    'counters`MAIN.backend_fail`value': 'counter',
    'counters`MAIN.threads`value': 'gauge',
    'counters`MAIN.n_object`value': 'gauge',
  },
}

/** What of CouchDB only grows; it calls all numbers counters, also those of what is open now. */
const couchdbCounters = [
  ...['httpd`requests', 'httpd`view_reads', 'database_reads', 'database_writes', 'document_writes'],
  ...['auth_cache_hits', 'auth_cache_misses'],
  ...['GET', 'POST', 'PUT', 'DELETE', 'HEAD'].map((method) => `httpd_request_methods\`${method}`),
  ...[200, 201, 202, 304, 400, 401, 403, 404, 409, 412, 500].map((code) => `httpd_status_codes\`${code}`),
].map((name) => `${name}\`value`)

/** Systems that Debian has not: tried with answers of the shape that the tests say they have. */
export const documentedRecipes: Readonly<Record<'elasticsearch' | 'consul' | 'couchdb' | 'jmx', Recipe>> = {
  elasticsearch: {
    name: 'Elasticsearch',
    needs: 'the right to `monitor` the cluster',
    options: {
      url: 'http://localhost:9200/_cluster/health',
      extract: json(),
      bodyMatch: /"status"\s*:\s*"(green|yellow)"/,
    },
    metrics: {
      status: 'text',
      number_of_nodes: 'gauge',
      active_shards: 'gauge',
      unassigned_shards: 'gauge',
      active_shards_percent_as_number: 'gauge',
      number_of_pending_tasks: 'gauge',
      timed_out: 'gauge',
    },
  },
  consul: {
    name: 'Consul',
    // Else the names of gauges begin with that of the host.
    needs: '`telemetry` with `prometheus_retention_time` above 0 and `disable_hostname`',
    options: { url: 'http://localhost:8500/v1/agent/metrics?format=prometheus', extract: promtext() },
    metrics: {
      consul_autopilot_healthy: 'gauge',
      consul_runtime_alloc_bytes: 'gauge',
      consul_rpc_request: 'counter',
      'consul_raft_commitTime|ST[quantile:0.99]': 'gauge',
      consul_raft_commitTime_count: 'counter',
    },
  },
  couchdb: {
    name: 'CouchDB',
    needs: 'a user who is an administrator',
    options: {
      url: 'http://localhost:5984/_node/_local/_stats/couchdb',
      basic: { user: 'admin', password: 'of the server' },
      // Each number has a text beside it that says what it is, and those of times have histograms.
      extract: json({ only: ['value', 'arithmetic_mean', 'median', 'max'], counters: couchdbCounters }),
    },
    metrics: {
      'httpd`requests`value': 'counter',
      'httpd_status_codes`500`value': 'counter',
      'database_writes`value': 'counter',
      'open_databases`value': 'gauge',
      'open_os_files`value': 'gauge',
      'request_time`value`median': 'gauge',
    },
  },
  jmx: {
    name: 'JMX, through Jolokia',
    needs: 'the agent of Jolokia in the virtual machine',
    options: {
      url: 'http://localhost:8778/jolokia/read/java.lang:type=*/HeapMemoryUsage,ThreadCount',
      extract: json({ only: ['used', 'max', 'ThreadCount'] }),
      // It answers by 200 also what fails; its own status tells.
      bodyMatch: /"status"\s*:\s*200\b/,
    },
    metrics: {
      'value`java.lang:type=Memory`HeapMemoryUsage`used': 'gauge',
      'value`java.lang:type=Threading`ThreadCount': 'gauge',
    },
  },
}
