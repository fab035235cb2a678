// An Indexed Job over a shared volume. The types are generated from Kubernetes' schema, so the compiler checks the manifest.
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import type { IJob } from "kubernetes-models/batch/v1";
import type { IPodSpec } from "kubernetes-models/v1";
import { stringify } from "yaml";
import { InputError } from "../../core/errors.js";
import { isWithin } from "../../run/outputs.js";
import { typedWord } from "../../settings/shell.js";
import { type Engine, jobsOf, type Submission } from "./engine.js";
import { ask } from "./tool.js";

const WORK = "kubernetes/work.yaml";
const GATHER = "kubernetes/gather.yaml";
const RETRIES = 3;
/** Seconds for saving a checkpoint: a DNN's has 900 MB. */
const GRACE = 120;
const NAME = "pulmo";

/**
 * Lower case, at most 52 characters, so that a pod's index fits behind it. A name that had to be changed gets a hash of the path:
 * "my sweep" and "my-sweep" are two jobs.
 */
function jobName(dir: string): string {
  const name = basename(dir);
  const safe = name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const hash = createHash("sha256").update(dir).digest("hex").slice(0, 6);
  const short = `pulmo-${safe}`.slice(0, 38).replace(/-+$/, "");
  return safe === name && safe.length <= 32 ? short : `${short}-${hash}`;
}

/** Kubernetes expands $(NAME) in arguments and variables; $$ is a dollar sign. */
const literally = (text: string): string => text.replaceAll("$", "$$$$");

function pod({ image, claim, mount, threads, memory }: Submission, args: string[]): IPodSpec {
  const resources = { cpu: String(threads), memory: `${Math.ceil(memory * 1024)}Mi` };
  return {
    restartPolicy: "Never",
    terminationGracePeriodSeconds: GRACE,
    automountServiceAccountToken: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      fsGroup: 1000,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name: NAME,
        image,
        args: args.map(literally),
        env: [{ name: "PULMO_CACHE", value: literally(join(mount, ".pulmo-cache")) }],
        resources: { requests: resources, limits: resources },
        securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        volumeMounts: [
          { name: "work", mountPath: mount },
          { name: "tmp", mountPath: "/tmp" },
        ],
      },
    ],
    volumes: [
      { name: "work", persistentVolumeClaim: { claimName: claim } },
      { name: "tmp", emptyDir: {} },
    ],
  };
}

/** Exit code 2 (bad input) fails the task without a retry. 130 (saved after SIGTERM) and a disrupted node do not count as failures. */
export function workJob(submission: Submission): IJob {
  const { dir, pack, threads, atOnce, minutes } = submission;
  const args = ["sweep", "work", dir, "--pack", String(pack), "--threads", String(threads), "--quiet"];
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: jobName(dir) },
    spec: {
      completionMode: "Indexed",
      completions: jobsOf(submission),
      parallelism: Math.min(atOnce, jobsOf(submission)),
      backoffLimitPerIndex: RETRIES,
      activeDeadlineSeconds: 60 * minutes * Math.ceil(jobsOf(submission) / atOnce),
      podFailurePolicy: {
        rules: [
          { action: "FailIndex", onExitCodes: { containerName: NAME, operator: "In", values: [2] } },
          { action: "Ignore", onExitCodes: { containerName: NAME, operator: "In", values: [130] } },
          { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
        ],
      },
      template: { spec: pod(submission, args) },
    },
  };
}

export function gatherJob(submission: Submission): IJob {
  const name = `${jobName(submission.dir)}-gather`;
  const template = { spec: pod(submission, ["sweep", "gather", submission.dir]) };
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec: { backoffLimit: 1, template } };
}

export const kubernetes: Engine = {
  files(submission) {
    const { dir, mount } = submission;
    if (!isWithin(mount, dir)) {
      throw new InputError(
        `${dir} is not in the volume that pods mount at ${mount}: plan the sweep there, or give another --mount.`,
      );
    }
    return { [WORK]: stringify(workJob(submission)), [GATHER]: stringify(gatherJob(submission)) };
  },
  async submit({ dir }) {
    const said = await ask("kubectl", ["apply", "-f", join(dir, WORK)]);
    return `${said}\nWhen it is complete, run: kubectl apply -f ${typedWord(join(dir, GATHER))}`;
  },
};
