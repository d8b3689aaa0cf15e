import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** Ranges of IPv4 that lead to this machine, its network, or nowhere (RFC 6890 and its updates). */
const NOT_PUBLIC_V4: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]

/** Within the addresses of IPv6 that are routed at all: tunnels, which reach IPv4 by another name, and examples. */
const NOT_PUBLIC_V6: readonly (readonly [network: string, prefix: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

const v4 = new BlockList()
for (const [network, prefix] of NOT_PUBLIC_V4) v4.addSubnet(network, prefix, 'ipv4')
const routedV6 = new BlockList()
routedV6.addSubnet('2000::', 3, 'ipv6')
const specialV6 = new BlockList()
for (const [network, prefix] of NOT_PUBLIC_V6) specialV6.addSubnet(network, prefix, 'ipv6')

/** Whether an address is one of the internet's: nothing private, local, reserved, or of IPv4 in IPv6's clothes. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !v4.check(address, 'ipv4')
  // A zone names a link of this machine.
  if (!isIPv6(address) || address.includes('%')) return false
  return routedV6.check(address, 'ipv6') && !specialV6.check(address, 'ipv6')
}
