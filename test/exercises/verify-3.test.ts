import { useOwnMesh } from "./own-mesh.ts";
import { proveEverySixth } from "./prove.ts";

useOwnMesh(3);
proveEverySixth(3);
