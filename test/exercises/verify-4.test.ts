import { useOwnMesh } from "./own-mesh.ts";
import { proveEverySixth } from "./prove.ts";

useOwnMesh(4);
proveEverySixth(4);
