import { useOwnMesh } from "./own-mesh.ts";
import { proveEverySixth } from "./prove.ts";

useOwnMesh(1);
proveEverySixth(1);
