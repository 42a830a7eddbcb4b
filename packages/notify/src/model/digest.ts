import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/*! SHA-256: @noble/hashes, (c) 2022 Paul Miller, MIT License, see LICENSE.noble-hashes of @tocsin/notify */
const encoder = new TextEncoder()

/** 32 hexadecimal digits that stand for the text: the first half of its SHA-256. */
export const digest = (text: string): string => bytesToHex(sha256(encoder.encode(text)).subarray(0, 16))
