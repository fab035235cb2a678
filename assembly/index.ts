// The core's public ABI: re-exports only. Each kernel takes outputs, inputs, dimensions, scalars, then its range of tiles. Sizes
// count elements, addresses count bytes. ARCHITECTURE.md explains the letters.
export * from "./matmul";
export * from "./linear";
export * from "./narrow-linear";
export * from "./conv2d";
export * from "./conv2d-backward-weights";
export * from "./winograd/layout";
export * from "./winograd/transforms";
export * from "./winograd/weights";
export * from "./winograd/products";
export * from "./winograd/fused";
export * from "./im2col";
export * from "./batchnorm";
export * from "./batchnorm-pool";
export * from "./pooling";
export * from "./elementwise";
export * from "./loss";
export * from "./explain";
export * from "./adam";
export * from "./pixels";
export * from "./stem";
export * from "./augment";
export * from "./blur";
export * from "./resize";
