import { useOwnMesh } from "./own-mesh.ts";
import { proveEverySixth } from "./prove.ts";

useOwnMesh(5);
proveEverySixth(5);
