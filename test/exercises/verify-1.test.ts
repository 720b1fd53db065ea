import { useOwnMesh } from "./own-mesh.ts";
import { proveEveryThird } from "./prove.ts";

useOwnMesh(1);
proveEveryThird(1);
