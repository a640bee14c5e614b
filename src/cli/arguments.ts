import { type Address, isAddress } from '../model/address.ts'
import { TidemarkError } from '../model/errors.ts'
import { printable } from '../model/printable.ts'

/** A whole number given as an option. Throws `USAGE_NUMBER`. */
export function wholeNumber(option: string, text: string, { least, most }: { readonly least: number; readonly most: number }): number {
  const value = Number(text)
  if (/^[0-9]+$/.test(text) && value >= least && value <= most) return value
  throw new TidemarkError('USAGE_NUMBER', `--${option} must be a whole number from ${least} to ${most}.`, {
    cure: `Give it as in --${option} ${least}.`,
  })
}

/** The address of an object given as an argument. Throws `USAGE_ADDRESS`. */
export function addressGiven(text: string): Address {
  if (isAddress(text) && !text.includes('#')) return text
  throw new TidemarkError('USAGE_ADDRESS', `"${printable(text, 80)}" is no address of an object.`, {
    cure: 'An address looks like jira/status/to-do; `tidemark show` lists those of a snapshot.',
  })
}

/** The address of an object or of a part of one, given as an argument. Throws `USAGE_ADDRESS`. */
export function anyAddressGiven(text: string): Address {
  return isAddress(text) ? text : addressGiven(text)
}
