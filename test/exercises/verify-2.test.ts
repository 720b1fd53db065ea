import { useOwnMesh } from "./own-mesh.ts";
import { proveEveryThird } from "./prove.ts";

useOwnMesh(2);
proveEveryThird(2);
