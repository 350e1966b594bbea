// Was the service started for trying out?
// SPDX-License-Identifier: MPL-2.0
import { useEffect, useState } from "preact/hooks";
import { ask, authority, problemOf } from "./api.js";

/** undefined: not known, or not for this browser to know. */
export function useLab(): boolean | undefined {
  const [lab, setLab] = useState<boolean | undefined>(undefined);
  useEffect(() => {
    ask<{ service: { lab: boolean } }>("/api/status").then(
      ({ service }) => setLab(service.lab),
      (error) => isTokenOfNobody(error) && setLab(false),
    );
  }, []);
  return lab;
}

/** The lab's mode knows the token with which the demo player asks. */
const isTokenOfNobody = (error: unknown): boolean =>
  authority["X-MTrace-Token"] !== undefined && problemOf(error).status === 401;
