/** A self-signed certificate for 127.0.0.1, made for these tests and trusted by nobody. Its key protects nothing. */
export const certificate = {
  key: pem('PRIVATE KEY', [
    'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgV5xwF5+0fsop9K9G',
    'BgLQeUPXxNISTZEy3uQ2hUZ0PN2hRANCAAQQnEOJwEgQSIi+JszBqITcf7PHSpkX',
    'zgFuVU7KpJ5sJJspvZLuCRl8BqR2x0m7h4fZfJu2sRz8PzsBc65ZZnka',
  ]),
  cert: pem('CERTIFICATE', [
    'MIIBkTCCATagAwIBAgIUNERtqqegd9ZQu0seFZjjYCMwq60wCgYIKoZIzj0EAwIw',
    'FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyMjIzMjUyNloYDzIxMjYxMDI5',
    'MjMyNTI2WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO',
    'PQMBBwNCAAQQnEOJwEgQSIi+JszBqITcf7PHSpkXzgFuVU7KpJ5sJJspvZLuCRl8',
    'BqR2x0m7h4fZfJu2sRz8PzsBc65ZZnkao2QwYjAdBgNVHQ4EFgQUwNyMPO1dHzNd',
    'JCnd92PvuvJDVNUwHwYDVR0jBBgwFoAUwNyMPO1dHzNdJCnd92PvuvJDVNUwDwYD',
    'VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0kAMEYC',
    'IQDVTZv7PznVfAp3i+GGv1NUGAQJCThBeYEwlccbd4v1awIhAJoBGfgaEyHqQlVy',
    '7FLvrU1lp20kKWGXsXpnZThmX8B/',
  ]),
}

function pem(label: string, lines: readonly string[]): string {
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
