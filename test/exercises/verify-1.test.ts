import { useOwnMesh } from "./own-mesh.ts";
import { proveHalf } from "./prove.ts";

useOwnMesh(1);
proveHalf(1);
