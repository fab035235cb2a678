// What a DICOM file shows: refusals of what is no chest radiograph, and notes on what the models do not know. Only attributes that
// do not describe a person are read.
import type { DataSet } from "./data-set.js";

/** Radiographs; also OT (other), SC (secondary capture) and files that state none. */
const MODALITIES = new Set(["CR", "DX", "DR", "RG", "OT", "SC", ""]);

/** SOP classes (PS3.4 B.5) of images that are no radiographs, for files without a modality. */
const OTHER_CLASSES: Record<string, string> = {
  "1.2.840.10008.5.1.4.1.1.1.2": "MG",
  "1.2.840.10008.5.1.4.1.1.1.2.1": "MG",
  "1.2.840.10008.5.1.4.1.1.1.3": "IO",
  "1.2.840.10008.5.1.4.1.1.1.3.1": "IO",
  "1.2.840.10008.5.1.4.1.1.2": "CT",
  "1.2.840.10008.5.1.4.1.1.2.1": "CT",
  "1.2.840.10008.5.1.4.1.1.3.1": "US",
  "1.2.840.10008.5.1.4.1.1.4": "MR",
  "1.2.840.10008.5.1.4.1.1.4.1": "MR",
  "1.2.840.10008.5.1.4.1.1.6.1": "US",
  "1.2.840.10008.5.1.4.1.1.12.1": "XA",
  "1.2.840.10008.5.1.4.1.1.12.2": "RF",
  "1.2.840.10008.5.1.4.1.1.20": "NM",
  "1.2.840.10008.5.1.4.1.1.128": "PT",
};
/** Digital X-Ray Image Storage - For Processing. */
const FOR_PROCESSING_CLASS = "1.2.840.10008.5.1.4.1.1.1.1.1";

const CHEST = /CHEST|THORAX|TORAX|LUNG/;
/** Defined terms of PS3.16 annex L, table L-1, and their usual plain forms, of parts that are not in a radiograph of the chest. */
const OTHER_PARTS = new Set(
  `ABDOMEN ABDOMENPELVIS ANKLE ANUS ARM BACK BILEDUCT BLADDER BRAIN BREAST BUTTOCK CALCANEUS CALF CAROTID CEREBELLUM CERVIX CHEEK
  CLAVICLE COCCYX COLON CORNEA CSPINE CTSPINE DUODENUM EAR ELBOW EXTREMITIES EXTREMITY EYE EYELID FACE FEET FEMUR FIBULA FINGER FOOT FOREARM FOREFOOT
  GALLBLADDER HAND HEAD HEADNECK HEEL HIP HUMERUS IAC ILEUM ILIUM JAW JEJUNUM KIDNEY KNEE LARYNX LEG LIMB LIVER LSPINE LSSPINE
  MANDIBLE MAXILLA MOUTH NASAL NECK NOSE ORBIT OVARY PANCREAS PAROTID PATELLA PELVIS PENIS PHARYNX PROSTATE RADIUS RECTUM SACRUM SCALP
  SCAPULA SCROTUM SHOULDER SINUS SKULL SPINE SPLEEN SSPINE STOMACH TESTIS THIGH THUMB THYROID TEETH TIBIA TLSPINE TMJ TOE TOOTH TSPINE
  ULNA URETER URETHRA UTERUS VAGINA WRIST ZYGOMA`.split(/\s+/),
);

/** Words beside the name of a part. */
const QUALIFIERS =
  /^([A-Z]|LT|RT|LEFT|RIGHT|BOTH|BILATERAL|UPPER|LOWER|AP|PA|LAT|LATERAL|OBL|OBLIQUE|CERVICAL|THORACIC|DORSAL|LUMBAR|SACRAL|OF|THE|AND|ENTIRE)$/;

/** ViewPosition of lateral, oblique and decubitus views (PS3.3 C.8.7.1, C.8.11.5), and words for them. */
const NOT_FRONTAL =
  /^(LL|RL|LLD|RLD|LLO|RLO|LAO|RAO|LPO|RPO)$|(^|[^A-Z])[LR]?LAT([^A-Z]|$)|LATERAL|LATERO|PROFIL|SEITLICH|OBL|DECUB/;
/** Lateral, left lateral and right lateral in View Code Sequence (PS3.16 CID 4010): codes of SNOMED CT and SNOMED RT. */
const LATERAL_CODES = new Set(["399067008", "399173006", "399198007", "R-102CD", "R-10236", "R-10232"]);

/** Throws an Error if the file states that it is no greyscale radiograph. */
export function checkSubject(dataSet: DataSet): void {
  const modality = word(dataSet, "x00080060") || (OTHER_CLASSES[dataSet.string("x00080016") ?? ""] ?? "");
  if (!MODALITIES.has(modality)) throw new Error(`not a radiograph: its modality is ${printable(modality)}`);
  const { elements } = dataSet;
  if (elements.x7fe00008 || elements.x7fe00009) {
    throw new Error("its pixels are floating-point numbers (Float Pixel Data): export it with integers");
  }
  if (!elements.x7fe00010) throw new Error("the DICOM file has no pixel data");
  const photometric = word(dataSet, "x00280004");
  if (photometric !== "MONOCHROME1" && photometric !== "MONOCHROME2") {
    throw new Error(`not greyscale: its photometric interpretation is ${printable(photometric) || "missing"}`);
  }
  if ((dataSet.uint16("x00280002") ?? 1) !== 1) throw new Error("not greyscale: it has more than one sample per pixel");
}

/**
 * The body part, if its words name only parts other than the chest; else undefined. "POITRINE FACE" is French for a frontal view of
 * the chest: a word that is not known may mean anything.
 */
export function otherPart(dataSet: DataSet): string | undefined {
  const part = bodyPart(dataSet);
  const names = part.split(/[\s\d\p{P}\p{S}]+/u).filter((name) => name !== "" && !QUALIFIERS.test(name));
  const isOther = (name: string) => OTHER_PARTS.has(name) || OTHER_PARTS.has(name.replace(/S$/, ""));
  return !CHEST.test(part) && names.length > 0 && names.every(isOther) ? printable(part) : undefined;
}

/** What the models may not know about the image: see Noted. */
export function subjectNotes(dataSet: DataSet): string[] {
  const notes: string[] = [];
  const part = bodyPart(dataSet);
  if (part !== "" && !CHEST.test(part) && !otherPart(dataSet)) notes.push(`body part ${printable(part)}: read as a chest`);
  const view = notFrontal(dataSet);
  if (view) notes.push(`no frontal view (${printable(view)}): the models know frontal views only`);
  const intent = word(dataSet, "x00080068");
  if (intent === "FOR PROCESSING" || (intent === "" && dataSet.string("x00080016") === FOR_PROCESSING_CLASS)) {
    notes.push("FOR PROCESSING, not for display: its grey levels may not be those that the models know");
  }
  return notes;
}

/** Body Part Examined, else the meaning of the code in Anatomic Region Sequence. */
const bodyPart = (dataSet: DataSet): string =>
  word(dataSet, "x00180015") || word(dataSet.elements.x00082218?.items[0]?.dataSet, "x00080104");

/** The view, by any of the attributes for it, if it is lateral, oblique or decubitus; else "". */
function notFrontal(dataSet: DataSet): string {
  const position = word(dataSet, "x00185101");
  if (NOT_FRONTAL.test(position)) return position;
  const code = dataSet.elements.x00540220?.items[0]?.dataSet;
  const meaning = word(code, "x00080104");
  if (LATERAL_CODES.has(word(code, "x00080100")) || /\bLATERAL\b/.test(meaning)) return meaning || "LATERAL";
  // Rows of a lateral view run to the front or the back.
  return /^[AP]$/.test(word(dataSet, "x00200020").split("\\")[0].trim()) ? "LATERAL" : "";
}

const word = (dataSet: DataSet | undefined, tag: string): string => (dataSet?.text(tag) ?? "").normalize("NFC").toUpperCase();

/** At most 32 characters without control characters, which could command a terminal or end a line. */
const printable = (text: string): string =>
  text
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "")
    .trim()
    .slice(0, 32);
