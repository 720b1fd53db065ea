import { useOwnMesh } from "./own-mesh.ts";
import { proveEverySixth } from "./prove.ts";

useOwnMesh(6);
proveEverySixth(6);
