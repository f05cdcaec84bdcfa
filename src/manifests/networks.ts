// Address ranges that what runs for strangers must not reach, or only where it is said.

/** Other tenants and the company's network. */
export const PRIVATE_NETWORKS = [
  '100.64.0.0/10',
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
] as const;

/** Where a node's cloud credentials are had; GKE answers on the second one behind the first. */
export const METADATA_SERVERS = ['169.254.169.254/32', '169.254.169.252/32'] as const;
