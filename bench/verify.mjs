// The JavaScript side of bench/verify.py: the libraries that wallets use, asked for rounds.
//
// One line of JSON comes in, {"kind", "count"}; one goes out, {"ms"}: processor time of `count`
// verifications. Contexts come from our folder, so that nothing is fetched and both sides read
// the same. Keys are did:key, resolved in place.
import fs from 'fs';
import readline from 'readline';
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {createVerifyCryptosuite as eddsaJcs} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import * as ecdsaJcs from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import {createVerifyCryptosuite as ecdsaSd} from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import {Ed25519Signature2020} from '@digitalbazaar/ed25519-signature-2020';
import {Ed25519VerificationKey2020} from '@digitalbazaar/ed25519-verification-key-2020';

const [,, contextsFolder, badgesFile] = process.argv;
const rows = JSON.parse(fs.readFileSync(`${contextsFolder}/index.json`));
const contexts = new Map(rows.map(
  row => [row.url, JSON.parse(fs.readFileSync(`${contextsFolder}/${row.file}`))]));
const badges = JSON.parse(fs.readFileSync(badgesFile));

const CID = 'https://w3id.org/security/multikey/v1';
const ED2020 = 'https://w3id.org/security/suites/ed25519-2020/v1';

async function documentLoader(url) {
  const found = contexts.get(url) ?? keyDocument(url);
  if(!found) {
    throw new Error(`not at hand: ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document: structuredClone(found)};
}

function keyDocument(url) {
  const [did, fragment] = url.split('#');
  if(!did.startsWith('did:key:')) {
    return null;
  }
  const multikey = did.slice('did:key:'.length);
  const method = {
    id: `${did}#${multikey}`, controller: did, publicKeyMultibase: multikey,
    '@context': legacy ? ED2020 : CID, type: legacy ? 'Ed25519VerificationKey2020' : 'Multikey'
  };
  return fragment ? method : {
    '@context': ['https://www.w3.org/ns/did/v1', method['@context']],
    id: did, verificationMethod: [method], assertionMethod: [method.id]
  };
}

let legacy = false;
const proof = cryptosuite => () => new DataIntegrityProof({cryptosuite});
const suites = {
  'eddsa-rdfc-2022': proof(eddsaRdfc),
  'Ed25519Signature2020': () => new Ed25519Signature2020(),
  'eddsa-jcs-2022': proof(eddsaJcs()),
  'ecdsa-rdfc-2019 P-256': proof(ecdsaRdfc),
  'ecdsa-rdfc-2019 P-384': proof(ecdsaRdfc),
  'ecdsa-jcs-2019 P-256': proof(
    ecdsaJcs.createVerifyCryptosuite ? ecdsaJcs.createVerifyCryptosuite() : ecdsaJcs.cryptosuite),
  'ecdsa-sd-2023 shown in part': proof(ecdsaSd())
};
void EcdsaMultikey, Ed25519Multikey, Ed25519VerificationKey2020;

for await (const line of readline.createInterface({input: process.stdin})) {
  const {kind, count} = JSON.parse(line);
  legacy = kind === 'Ed25519Signature2020';
  const credential = badges[kind];
  if(!suites[kind] || !credential) {
    console.log(JSON.stringify({error: 'not among the suites here'}));
    continue;
  }
  const text = JSON.stringify(credential);
  const start = process.cpuUsage();
  let error;
  for(let n = 0; n < count && !error; ++n) {
    const result = await vc.verifyCredential(
      {credential: JSON.parse(text), suite: suites[kind](), documentLoader});
    error = result.verified ? undefined : String(result.error?.errors?.[0] ?? result.error);
  }
  const used = process.cpuUsage(start);
  console.log(JSON.stringify({ms: (used.user + used.system) / 1000 / count, error}));
}
