import { useOwnMesh } from "./own-mesh.ts";
import { proveHalf } from "./prove.ts";

useOwnMesh(2);
proveHalf(2);
