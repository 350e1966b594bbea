// Was the service started for trying out?
// SPDX-License-Identifier: MPL-2.0
import { useEffect, useState } from "preact/hooks";
import { ask } from "./api.js";

/** undefined: not known, or not for this browser to know. */
export function useLab(): boolean | undefined {
  const [lab, setLab] = useState<boolean | undefined>(undefined);
  useEffect(() => {
    ask<{ service: { lab: boolean } }>("/api/status").then(
      ({ service }) => setLab(service.lab),
      () => {},
    );
  }, []);
  return lab;
}
